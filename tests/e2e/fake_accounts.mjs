// The stand-in server's accounts (docs/page-api.md, "Who may come in"): in memory, passwords in the clear.
import { makeId } from './fake_store.mjs';

const kDay = 86_400_000;
const kLook = { logo: '', accent: '', accent_dark: '', css: '' };
const refused = (status, code, message) => ({ status, body: { error: { code, message } } });

export class FakeAccounts {
  users = new Map(); // id → user
  sessions = new Map(); // cookie → user id
  invites = new Map(); // token → invite
  audit = [];
  keys = []; // of everybody, with `user`
  code = 'ABCD-2345';
  password = 'open sesame'; // mode password
  failures = 0;

  constructor(mode = 'users') {
    this.mode = mode;
  }

  add(name, password, rest = {}) {
    const user = {
      id: makeId('u'), name, email: '', role: 'user', state: 'active', external: false, quota_tokens_per_day: 0, quota_requests_per_minute: 0,
      tokens_today: 0, created: Date.now() - 30 * kDay, last_seen: 0, password, ...rest,
    };
    this.users.set(user.id, user);
    return user;
  }

  note(actor, action, subject = '', detail = '') {
    this.audit.unshift({ key: this.audit.length + 1, at: Date.now(), actor, action, subject, address: '192.0.2.7', detail });
  }

  /** Everybody is out, as when their sessions have expired. */
  expire() {
    this.sessions.clear();
  }

  who(request) {
    const cookie = /(?:^|; )samovar_session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
    const id = this.sessions.get(cookie);
    if (id === undefined) return null;
    if (this.mode === 'password') return { id: '', name: '', role: 'user' };
    const user = this.users.get(id);
    return user?.state === 'active' ? user : null;
  }

  session(user) {
    const shown = user === null || user.id === '' ? null : { id: user.id, name: user.name, email: user.email, role: user.role };
    return { mode: this.mode, user: shown, needs: user === null ? 'login' : null, oidc: this.mode === 'oidc' ? { name: 'Example ID' } : null, logout_url: '', first_run: this.mode === 'users' && this.users.size === 0, name: 'Samovar', look: kLook };
  }

  #begin(user) {
    const cookie = makeId('s');
    this.sessions.set(cookie, user.id);
    user.last_seen = Date.now();
    this.failures = 0;
    return { status: 200, body: this.session(user), cookie };
  }

  #shown({ password, ...user }) {
    return user;
  }

  /** {status, body, cookie} of a call that needs no session; null: another one. */
  door(method, parts, body, request) {
    const [what, token] = parts;
    if (what === 'session') return { status: 200, body: this.session(this.who(request)) };
    if (what === 'login') return this.#logIn(body);
    if (what === 'logout') return { status: 204, cookie: '' };
    if (what === 'setup') return this.#setUp(body);
    if (what === 'invites') return this.#invited(method, token, body);
    return null;
  }

  #logIn({ name = '', password }) {
    if (this.failures >= 5) return refused(429, 'too-many-requests', 'too many failed attempts; try again in 8 s');
    const user = this.mode === 'password' ? password === this.password && { id: '', name: '', role: 'user' } : [...this.users.values()].find((each) => each.name === name && each.password === password);
    if (user && user.state !== 'disabled') return this.note(name, 'login'), this.#begin(user);
    this.failures += 1;
    this.note(name, 'login-failed');
    return refused(401, 'unauthorized', 'name or password is wrong');
  }

  #setUp({ code, name, password, email }) {
    if (this.users.size > 0) return refused(409, 'conflict', 'this server has its first account already');
    if (code !== this.code) return refused(403, 'forbidden', 'code: it is another one');
    return this.#begin(this.add(name, password, { role: 'admin', email }));
  }

  #invited(method, token, { name, password, email = '' }) {
    const invite = this.invites.get(token);
    if (invite === undefined) return refused(404, 'not-found', 'this link has been used, has expired, or never was: ask for another one');
    const user = this.users.get(invite.user);
    if (method === 'GET') return { status: 200, body: { kind: invite.kind, name: user?.name ?? null, role: invite.role, expires: invite.expires } };
    if (user === undefined && [...this.users.values()].some((each) => each.name === name)) return refused(409, 'conflict', `name: there is an account '${name}' already`);
    this.invites.delete(token);
    return this.#begin(user === undefined ? this.add(name, password, { role: invite.role, email }) : Object.assign(user, { password, state: 'active' }));
  }

  /** Likewise for `user`, who is in. */
  call(method, parts, body, user, query) {
    const [what, kind, id] = parts;
    if (what === 'password') {
      if (body.old !== user.password) return refused(403, 'forbidden', 'old: this is not your password');
      user.password = body.new;
      return { status: 204 };
    }
    if (what === 'keys') return this.#keyRing(method, kind, body, user);
    if (what === 'account') return this.#account(method, kind, body, user);
    if (what !== 'admin') return null;
    if (user.role !== 'admin') return refused(403, 'forbidden', 'only administrators may do this');
    if (kind === 'audit') {
      const older = this.audit.filter((entry) => entry.key < Number(query.get('before') ?? Infinity));
      const limit = Number(query.get('limit') ?? 100);
      return { status: 200, body: { entries: older.slice(0, limit), next: older.length > limit ? older[limit - 1].key : null } };
    }
    if (kind === 'invites') return this.#handOut(method, id, body, user);
    return this.#administer(method, id, body);
  }

  #keyRing(method, id, { name, expires_days: days = 0 }, user) {
    const own = this.keys.filter((key) => key.user === user.id);
    const shown = ({ user: _, ...key }) => key;
    if (method === 'GET') return { status: 200, body: { keys: own.map(shown) } };
    if (method === 'DELETE') {
      if (!own.some((key) => key.id === id)) return refused(404, 'not-found', `you have no key '${id}'`);
      this.keys = this.keys.filter((key) => key.id !== id);
      return { status: 204 };
    }
    if (own.some((key) => key.name === name)) return refused(409, 'conflict', `name: there is a key '${name}' already`);
    const key = { id: makeId('k').slice(0, 8), name, created: Date.now(), expires: days === 0 ? 0 : Date.now() + days * kDay, user: user.id };
    this.keys.push(key);
    return { status: 200, body: { ...shown(key), secret: `sk-samovar-${'0123456789abcdef'.repeat(4)}` } };
  }

  #account(method, kind, { confirm }, user) {
    if (method === 'GET') return { status: 200, body: { account: this.#shown(user) } };
    if (confirm !== user.name) return refused(400, 'invalid-argument', 'confirm: expected the name of the account');
    if (this.#isLast(user)) return refused(409, 'conflict', 'the last administrator cannot be deleted');
    this.users.delete(user.id);
    return { status: 204, cookie: '' };
  }

  #isLast(user) {
    return user.role === 'admin' && ![...this.users.values()].some((each) => each !== user && each.role === 'admin' && each.state === 'active');
  }

  #link(user, role, hours) {
    const token = makeId('link');
    const invite = { id: makeId('i'), kind: user === null ? 'invite' : 'reset', user: user?.id ?? '', note: user?.name ?? '', role, made_by: '', created: Date.now(), expires: Date.now() + hours * 3_600_000 };
    this.invites.set(token, invite);
    return { token, invite };
  }

  #handOut(method, id, { role, note, expires_hours }, user) {
    if (method === 'DELETE') {
      for (const [token, invite] of this.invites) if (invite.id === id) this.invites.delete(token);
      return { status: 204 };
    }
    const { token, invite } = this.#link(null, role, expires_hours);
    invite.note = note;
    this.note(user.name, 'invite-made', note);
    return { status: 200, body: { token, url: `/invite/${token}`, expires: invite.expires } };
  }

  #administer(method, id, body) {
    if (id === undefined) return { status: 200, body: { users: [...this.users.values()].map((each) => this.#shown(each)), invites: [...this.invites.values()] } };
    const user = this.users.get(id);
    if (user === undefined) return refused(404, 'not-found', `user '${id}' not found`);
    const loses = method === 'DELETE' || body.role === 'user' || body.state === 'disabled';
    if (loses && this.#isLast(user)) return refused(409, 'conflict', 'the last administrator cannot be deleted');
    if (method === 'DELETE') return this.users.delete(id), { status: 204 };
    const { reset, ...change } = body;
    Object.assign(user, change);
    if (user.state === 'disabled') for (const [cookie, owner] of this.sessions) if (owner === id) this.sessions.delete(cookie);
    this.note('anna', 'user-changed', user.name, Object.entries(body).map((pair) => pair.join(' ')).join(', '));
    if (!reset) return { status: 200, body: this.#shown(user) };
    const { token, invite } = this.#link(user, user.role, 72);
    return { status: 200, body: { ...this.#shown(user), link: `/invite/${token}`, link_expires: invite.expires } };
  }
}
