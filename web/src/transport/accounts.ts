// Calls around accounts (docs/page-api.md, "Who may come in"). All fail with RequestError.
import { type AdminUser, type AuditEntry, type Invite, toAdminUser, toAuditEntries, toInvite } from '../domain/admin';
import { list, num, str } from '../domain/json';
import { type ApiKey, type Invitation, type Session, toApiKey, toInvitation, toSession } from '../domain/session';
import { getJson, jsonInit, request, sendJson } from './request';

const enc = encodeURIComponent;

export async function logIn(name: string, password: string): Promise<Session> {
  return toSession(await sendJson('POST', '/ui/login', { name, password }));
}

export interface NewAccount {
  readonly name: string;
  readonly password: string;
  readonly email: string;
}

export async function setUp(code: string, account: NewAccount): Promise<Session> {
  return toSession(await sendJson('POST', '/ui/setup', { code, ...account }));
}

export async function getInvitation(token: string): Promise<Invitation> {
  return toInvitation(await getJson(`/ui/invites/${enc(token)}`));
}

/** A link for a new password needs no name. */
export async function acceptInvitation(token: string, { password, ...account }: NewAccount): Promise<Session> {
  return toSession(await sendJson('POST', `/ui/invites/${enc(token)}`, account.name === '' ? { password } : { password, ...account }));
}

export async function logOut(): Promise<void> {
  await request('/ui/logout', jsonInit('POST', {}));
}

export async function changePassword(old: string, fresh: string): Promise<void> {
  await request('/ui/password', jsonInit('POST', { old, new: fresh }));
}

export async function deleteAccount(confirm: string): Promise<void> {
  await request('/ui/account', jsonInit('DELETE', { confirm }));
}

/** One's own; newest first. */
export async function getKeys(): Promise<ApiKey[]> {
  return list((await getJson('/ui/keys')).keys).map(toApiKey).reverse();
}

/** The secret, which nobody can see again. `days` of 0: for ever. */
export async function makeKey(name: string, days: number): Promise<string> {
  return str((await sendJson('POST', '/ui/keys', { name, expires_days: days })).secret);
}

export async function revokeKey(id: string): Promise<void> {
  await request(`/ui/keys/${enc(id)}`, { method: 'DELETE' });
}

export async function getUsers(): Promise<{ users: AdminUser[]; invites: Invite[] }> {
  const body = await getJson('/ui/admin/users');
  return { users: list(body.users).map(toAdminUser), invites: list(body.invites).map(toInvite) };
}

export async function changeUser(id: string, change: object): Promise<AdminUser> {
  return toAdminUser(await sendJson('PATCH', `/ui/admin/users/${enc(id)}`, change));
}

export async function deleteUser(id: string): Promise<void> {
  await request(`/ui/admin/users/${enc(id)}`, { method: 'DELETE' });
}

export async function makeInvite(role: 'user' | 'admin', note: string, hours: number): Promise<{ url: string; expires: number }> {
  const made = await sendJson('POST', '/ui/admin/invites', { role, note, expires_hours: hours });
  return { url: String(made.url), expires: num(made.expires, 0) };
}

export async function withdrawInvite(id: string): Promise<void> {
  await request(`/ui/admin/invites/${enc(id)}`, { method: 'DELETE' });
}

/** Newest first; `before`: older than that one. */
export async function getAudit(before: number | null): Promise<{ entries: AuditEntry[]; next: number | null }> {
  const body = await getJson(`/ui/admin/audit?limit=50${before === null ? '' : `&before=${before}`}`);
  return { entries: toAuditEntries(body.entries), next: typeof body.next === 'number' ? body.next : null };
}
