package redacttest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spectap/spectap/flow/packed"
	"github.com/spectap/spectap/internal/test/must"
)

// Pack returns JSON texts in a binary format. Their numbers are small integers. Heads have the
// longest form of the format.
func Pack(format packed.Format, text []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var out []byte
	for {
		t, err := dec.Token()
		if err == io.EOF {
			return out
		}
		if err != nil {
			panic(fmt.Sprintf("%s: %v", text, err))
		}
		out = packToken(format, out, dec, t)
	}
}

func packToken(format packed.Format, out []byte, dec *json.Decoder, t json.Token) []byte {
	switch t := t.(type) {
	case nil:
		return append(out, pick(format, 0xc0, 0xf6))
	case bool:
		if t {
			return append(out, pick(format, 0xc3, 0xf5))
		}
		return append(out, pick(format, 0xc2, 0xf4))
	case json.Number:
		n, err := t.Int64()
		if err != nil || n < 0 {
			panic("not a small integer: " + t)
		}
		return binary.BigEndian.AppendUint64(append(out, pick(format, 0xcf, 0x1b)), uint64(n))
	case string:
		return append(binary.BigEndian.AppendUint32(append(out, pick(format, 0xdb, 0x7a)), uint32(len(t))), t...)
	}
	head := len(out)
	out = append(out, pick(format, 0xdf, 0xba), 0, 0, 0, 0)
	if t == json.Delim('[') {
		out[head] = pick(format, 0xdd, 0x9a)
	}
	n := uint32(0)
	for ; dec.More(); n++ {
		if t == json.Delim('{') {
			out = packToken(format, out, dec, next(dec))
		}
		out = packToken(format, out, dec, next(dec))
	}
	next(dec)
	binary.BigEndian.PutUint32(out[head+1:], n)
	return out
}

func pick(format packed.Format, messagePack, cbor byte) byte {
	if format == packed.CBOR {
		return cbor
	}
	return messagePack
}

func next(dec *json.Decoder) json.Token {
	return must.Get(dec.Token())
}
