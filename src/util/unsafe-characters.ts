/** Characters that a terminal or an editor would act upon, that would turn the line around, and what is no character. */
export const UNSAFE_CHARACTERS = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Cs}/gu;
