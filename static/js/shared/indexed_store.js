/** Stores of IndexedDB, opened for one request and closed again: nothing waits for a page that lies open elsewhere. */

/**
 * Do something with the store of a database, which is made where it is missing; return its result. Rejects where the
 * browser keeps nothing.
 * @template Result
 * @param {string} name of the database
 * @param {string} store
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<Result>} act
 * @returns {Promise<Result>}
 */
export async function inStore(name, store, mode, act) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(store);
  const database = await done(opening);
  try {
    const transaction = database.transaction(store, mode);
    const [result] = await Promise.all([done(act(transaction.objectStore(store))), completed(transaction)]);
    return result;
  } finally {
    database.close();
  }
}

/**
 * Return the result of a request once it is there.
 * @template Result
 * @param {IDBRequest<Result>} sent
 * @returns {Promise<Result>}
 */
export function done(sent) {
  return new Promise((resolve, reject) => {
    sent.onsuccess = () => resolve(sent.result);
    sent.onerror = () => reject(sent.error);
  });
}

/**
 * Wait until what was done is on the device.
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
export function completed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
