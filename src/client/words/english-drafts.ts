/** The texts of the offer of unsaved work. `{time}` is a time of the day or a date, `{count}` a number of fields. */
export const ENGLISH_DRAFTS = {
  "draft.title": "Unsaved changes",
  "draft.offer": "You have unsaved changes from {time}, before you were signed out.",
  "draft.kept": "You have unsaved changes from {time}.",
  "draft.conflict":
    "This page has changed since then. Restoring replaces the text now shown (fields: {count}).",
  "draft.lost": "The unsaved changes from {time} can't be opened any more.",
  "draft.restore": "Restore",
  "draft.discard": "Discard",
  "draft.restored": "Unsaved changes restored.",
};

/** A key of the drafts' texts. */
export type DraftWordKey = keyof typeof ENGLISH_DRAFTS;
