// Who is in, and what is asked of who is not (docs/page-api.md, "Who may come in").
import { num, record, str } from './json';
import { type Look, toLook } from './look';

export type AccessMode = 'open' | 'password' | 'users' | 'oidc' | 'header';

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly admin: boolean;
}

export interface Session {
  readonly mode: AccessMode;
  readonly user: Account | null; // null: nobody, or somebody without an account
  readonly locked: boolean; // a login is needed
  readonly firstRun: boolean; // there is no account yet
  readonly elsewhere: string; // name of the login that is not this server's
  readonly logoutUrl: string;
  readonly name: string; // of the server
  readonly look: Look;
}

const kModes: readonly string[] = ['open', 'password', 'users', 'oidc', 'header'];

function toAccount(value: unknown): Account | null {
  const user = record(value);
  return str(user.id) === '' ? null : { id: str(user.id), name: str(user.name), email: str(user.email), admin: user.role === 'admin' };
}

export function toSession(value: unknown): Session {
  const session = record(value);
  return {
    mode: kModes.includes(str(session.mode)) ? (str(session.mode) as AccessMode) : 'open',
    user: toAccount(session.user),
    locked: session.needs === 'login',
    firstRun: session.first_run === true,
    elsewhere: str(record(session.oidc).name),
    logoutUrl: str(session.logout_url),
    name: str(session.name, 'Samovar'),
    look: toLook(session.look),
  };
}

export interface Invitation {
  readonly kind: 'invite' | 'reset';
  readonly name: string; // of the account that gets a new password
}

export function toInvitation(value: unknown): Invitation {
  const invite = record(value);
  return { kind: invite.kind === 'reset' ? 'reset' : 'invite', name: str(invite.name) };
}

/** Seconds in a sentence of the server's about waiting; 0: none. */
export function secondsIn(message: string): number {
  return num(Number(/(\d+) s\b/.exec(message)?.[1] ?? 0), 0);
}

/** Lets a program in, in the name of its account. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly created: number; // milliseconds since 1970
  readonly expires: number; // 0: never
}

export function toApiKey(value: unknown): ApiKey {
  const key = record(value);
  return { id: str(key.id), name: str(key.name), created: num(key.created, 0), expires: num(key.expires, 0) };
}
