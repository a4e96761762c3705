// What administrators see: accounts, invitations, the record of what was done.
import { list, num, record, str } from './json';

export type AccountState = 'active' | 'disabled' | 'invited';

export interface AdminUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly admin: boolean;
  readonly state: AccountState;
  readonly external: boolean; // made by a login elsewhere: no password here
  readonly quotaTokens: number; // a day; 0: none
  readonly quotaRequests: number; // a minute; 0: none
  readonly tokensToday: number;
  readonly lastSeen: number; // milliseconds since 1970; 0: never
  readonly link: string; // path with which a password can be chosen; empty: none was made
  readonly linkExpires: number;
}

export interface Invite {
  readonly id: string;
  readonly kind: 'invite' | 'reset';
  readonly note: string;
  readonly admin: boolean;
  readonly expires: number;
}

export interface AuditEntry {
  readonly key: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly address: string;
  readonly detail: string;
}

export function toAdminUser(value: unknown): AdminUser {
  const user = record(value);
  return {
    id: str(user.id),
    name: str(user.name),
    email: str(user.email),
    admin: user.role === 'admin',
    state: user.state === 'disabled' || user.state === 'invited' ? user.state : 'active',
    external: user.external === true,
    quotaTokens: num(user.quota_tokens_per_day, 0),
    quotaRequests: num(user.quota_requests_per_minute, 0),
    tokensToday: num(user.tokens_today, 0),
    lastSeen: num(user.last_seen, 0),
    link: str(user.link),
    linkExpires: num(user.link_expires, 0),
  };
}

export function toInvite(value: unknown): Invite {
  const invite = record(value);
  return { id: str(invite.id), kind: invite.kind === 'reset' ? 'reset' : 'invite', note: str(invite.note), admin: invite.role === 'admin', expires: num(invite.expires, 0) };
}

export function toAuditEntries(value: unknown): AuditEntry[] {
  return list(value).map(record).map((entry) => ({
    key: num(entry.key, 0),
    at: num(entry.at, 0),
    actor: str(entry.actor),
    action: str(entry.action),
    subject: str(entry.subject),
    address: str(entry.address),
    detail: str(entry.detail),
  }));
}
