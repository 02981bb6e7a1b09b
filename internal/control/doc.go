// Package control shares a store between processes.
//
// bbolt locks the file for one process. That process, the owner, serves the store to other
// processes of the same user on a unix socket beside the file, with mode 0600: see [Start]. [Dial]
// finds the socket by the path of the store and returns a [Client], which is a [store.Store].
// [Open] uses the owner or the file, and a [Lease] holds either only while it is used. A process
// without a store serves its status alone: see [StartStatus].
//
// Every operation has its own connection; closing it cancels the operation. A connection starts
// with a greeting of nine bytes in each direction, "spectap\x00" and the version of the protocol,
// which must be equal. After it come frames: one byte for the kind, the length (4 bytes,
// big-endian) and the payload. The first frame is a request in JSON. Flows are encoded by
// flow.AppendBinary. wire.go lists the frames of each request.
//
// Where other users can replace files, the socket is in a private folder of the user instead. A
// client uses only a socket that belongs to its user and that no other user may write to. Both
// sides ask the kernel for the user of the other process: see peer.go.
//
// Processes of one user are not isolated from each other: a process that can open the socket can do
// everything that the owner's user can do with the file. On Windows the socket has the permissions
// of its folder.
//
// Read open.go first, then wire.go.
package control
