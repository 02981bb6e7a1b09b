package tool

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"io"

	"github.com/spectap/spectap/flow"
)

// A cursor is a record number bound to the arguments of a call. Record numbers do not change when
// flows are added. A cursor is not secret and gives no access.

// NewCursor returns the cursor of a record in the list that key identifies.
func NewCursor(record flow.Seq, key ...string) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(record))
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, hash(key)))
}

// ReadCursor returns the record of a cursor, or 0 for "". It fails if the cursor is of another key.
func ReadCursor(cursor string, key ...string) (flow.Seq, error) {
	if cursor == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) != 12 {
		return 0, Errorf(CodeBadCursor, "start again without a cursor", "this is not a cursor of this tool")
	}
	if binary.BigEndian.Uint32(b[8:]) != hash(key) {
		return 0, Errorf(CodeBadCursor,
			"repeat the arguments of the call that returned the cursor, or start again without it",
			"the cursor belongs to other arguments")
	}
	return flow.Seq(binary.BigEndian.Uint64(b)), nil
}

func hash(key []string) uint32 {
	h := fnv.New32a()
	for _, p := range key {
		io.WriteString(h, p)
		h.Write([]byte{0})
	}
	return h.Sum32()
}
