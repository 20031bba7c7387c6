/** How much is logged, and in which form. */

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
/** For people, or a JSON object in each line for machines. */
export const logFormats = ['text', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];
