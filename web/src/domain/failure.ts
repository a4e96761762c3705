// Codes → what the user reads and can do. The sentences themselves are in the dictionaries.
import type { Failure } from './chat';
import type { TextKey } from './texts-en';

export type FailureAction = 'retry' | 'choose-model' | 'settings' | 'new-chat';

export interface FailureView {
  readonly title: TextKey;
  readonly hint: TextKey;
  readonly actions: readonly FailureAction[];
  readonly showDetail: boolean; // whether the server's own words help
}

const kRetry: readonly FailureAction[] = ['retry'];

/** The codes of src/base/error.h, then the page's own: unreachable, cut, not-ours. */
const kViews: Record<string, FailureView> = {
  'invalid-argument': { title: 'fail_invalid', hint: 'hint_settings', actions: ['retry', 'settings'], showDetail: true },
  unauthorized: { title: 'fail_unauthorized', hint: 'hint_not_ours', actions: kRetry, showDetail: true },
  forbidden: { title: 'fail_forbidden', hint: 'hint_kept', actions: kRetry, showDetail: true },
  'too-many-requests': { title: 'fail_limit', hint: 'hint_kept', actions: kRetry, showDetail: true },
  'not-found': { title: 'fail_model', hint: 'hint_model', actions: ['retry', 'choose-model'], showDetail: true },
  corrupt: { title: 'fail_corrupt', hint: 'hint_model', actions: ['retry', 'choose-model'], showDetail: true },
  unsupported: { title: 'fail_unsupported', hint: 'hint_model', actions: ['retry', 'choose-model'], showDetail: true },
  'too-long': { title: 'fail_long', hint: 'hint_long', actions: ['retry', 'new-chat'], showDetail: true },
  'too-large': { title: 'fail_large', hint: 'hint_large', actions: kRetry, showDetail: true },
  busy: { title: 'fail_busy', hint: 'hint_kept', actions: kRetry, showDetail: true },
  timeout: { title: 'fail_timeout', hint: 'hint_kept', actions: kRetry, showDetail: true },
  cancelled: { title: 'fail_cancelled', hint: 'hint_kept', actions: kRetry, showDetail: false },
  'out-of-memory': { title: 'fail_memory', hint: 'hint_memory', actions: ['retry', 'choose-model'], showDetail: true },
  unavailable: { title: 'fail_unavailable', hint: 'hint_kept', actions: kRetry, showDetail: true },
  conflict: { title: 'fail_conflict', hint: 'hint_kept', actions: kRetry, showDetail: true },
  io: { title: 'fail_io', hint: 'hint_kept', actions: kRetry, showDetail: true },
  internal: { title: 'fail_internal', hint: 'hint_kept', actions: kRetry, showDetail: true },
  unreachable: { title: 'fail_unreachable', hint: 'hint_unreachable', actions: kRetry, showDetail: false },
  cut: { title: 'fail_cut', hint: 'hint_cut', actions: kRetry, showDetail: false },
  'not-ours': { title: 'fail_not_ours', hint: 'hint_not_ours', actions: kRetry, showDetail: true },
};

const kNoModel: FailureView = { title: 'model_none', hint: 'model_none_terminal', actions: ['retry', 'choose-model'], showDetail: false };

export const failureCodes: readonly string[] = Object.keys(kViews);

export function failureView(failure: Failure): FailureView {
  if (failure.code === 'invalid-argument' && failure.message.startsWith('model: missing')) return kNoModel;
  return kViews[failure.code] ?? (kViews.internal as FailureView);
}
