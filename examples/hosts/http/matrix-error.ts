/** An error response: a status, and a body with `errcode` and `error`. */
export type MatrixError = Error & { readonly statusCode: number; readonly errcode: string };

export function matrixError(statusCode: number, errcode: string, message: string): MatrixError {
  return Object.assign(new Error(message), { statusCode, errcode });
}
