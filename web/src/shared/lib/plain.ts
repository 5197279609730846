/** Letters without their marks, in lower case: "José" is found by "jose". */
export const plain = (text: string) =>
  text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();
