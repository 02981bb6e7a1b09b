// Package control lets other processes use a store while one has its file.
//
// bbolt's lock gives a file to one process. That one, the owner, serves the others on a unix socket beside the file, for
// its user alone (mode 0600): [Start]. The others find it by the store's path: [Dial] returns a [Client], a
// store.Store like any other. [Open] takes whichever way there is.
//
// Every operation is a connection of its own, so that cancelling one is closing it. A connection begins with a
// greeting of nine bytes each way, "spectap\x00" and the version of the protocol; they must be equal. What follows are
// frames: a byte that says what it is, the length (4 bytes, big-endian), that many bytes. The first is a request in
// JSON. Flows travel as flow.AppendBinary has them. wire.go says which frames answer which request.
//
// It does not make a store reachable over a network, and does not keep one user's processes from each other: who may
// open the socket may do what the owner's user may do with the file. On Windows the socket has the rights of its
// folder.
package control
