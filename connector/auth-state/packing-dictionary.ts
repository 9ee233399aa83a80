/**
 * What records of the ledger have in common, for deflate: the records are mostly random keys, so that their frame would be
 * half of them. Rows of format 3 can't be read with another text than this one: never change it; a better one is another
 * format. Frequent strings stand last.
 */
export const PACKING_DICTIONARY = Buffer.from(
  [
    '[{"senderKeyId":1,"senderChainKey":{"iteration":0,"seed":{"type":"Buffer","data":"="}},',
    '"senderSigningKey":{"public":{"type":"Buffer","data":"B"},"private":{"type":"Buffer","data":"="}},',
    '"senderMessageKeys":[{"iteration":0,"seed":{"type":"Buffer","data":"="}}]}]',
    '{"keyData":{"$bytes":"="},"fingerprint":{"rawId":1,"currentIndex":0,"deviceIndexes":[0]},"timestamp":1}',
    '{"version":1,"hash":{"$bytes":"="},"indexValueMap":{"valueMac":{"$bytes":"="}}}',
    '"pendingPreKey":{"signedKeyId":1,"baseKey":"B","preKeyId":1}}},"version":"v1"}',
    '"messageKeys":{"0":"="}',
    '{"_sessions":{"B":{"registrationId":1,"currentRatchet":{"ephemeralKeyPair":{"pubKey":"B","privKey":"="},',
    '"lastRemoteEphemeralKey":"B","previousCounter":0,"rootKey":"="},',
    '"indexInfo":{"baseKey":"B","baseKeyType":1,"closed":-1,"used":179,"created":179,"remoteIdentityKey":"B"},',
    '"_chains":{"B":{"chainKey":{"counter":-1,"key":"="},"chainType":1,"messageKeys":{}},',
    '"B":{"chainKey":{"counter":0,"key":"="},"chainType":2,"messageKeys":{}}}}},"version":"v1"}',
  ].join(''),
);
