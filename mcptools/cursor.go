package mcptools

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"io"

	"github.com/spectap/spectap/flow"
)

// A cursor holds the record number up to which a list has been read, bound to what was asked: the number stays
// where it is while flows come in. It is no secret: it lets nobody see what the tool would not show.

// cursorFor makes the cursor that goes on at record s of the list that the parts name.
func cursorFor(s flow.Seq, parts ...string) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(s))
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, digest(parts)))
}

// readCursor is the inverse; "" is 0.
func readCursor(cursor string, parts ...string) (flow.Seq, error) {
	if cursor == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) != 12 {
		return 0, errorf(CodeBadCursor, "start again without a cursor", "this is not a cursor of this tool")
	}
	if binary.BigEndian.Uint32(b[8:]) != digest(parts) {
		return 0, errorf(CodeBadCursor, "repeat the arguments of the call that gave the cursor, or start again without it",
			"the cursor belongs to other arguments")
	}
	return flow.Seq(binary.BigEndian.Uint64(b)), nil
}

func digest(parts []string) uint32 {
	h := fnv.New32a()
	for _, p := range parts {
		io.WriteString(h, p)
		h.Write([]byte{0})
	}
	return h.Sum32()
}
