/** Something that only the person who deploys can mend; the text says what. */
export class Problem extends Error {}
