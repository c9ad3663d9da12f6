/** An error as the client or the other server gets it: a status, and a body of `errcode` and `error`. */
export type MatrixError = Error & { readonly statusCode: number; readonly errcode: string };

export function matrixError(statusCode: number, errcode: string, message: string): MatrixError {
  return Object.assign(new Error(message), { statusCode, errcode });
}
