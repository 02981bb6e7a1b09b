// Package packed reads MessagePack and CBOR, binary formats of the values of JSON, as JSON, and
// replaces texts in them. All other bytes stay as they are.
//
// MessagePack is described at https://github.com/msgpack/msgpack/blob/master/spec.md, CBOR in RFC
// 8949. docs/decisions/0076-packed.md says why the package has readers of its own. Read packed.go
// first, then read.go.
package packed

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// Format is a binary format. The methods of None find no value.
type Format uint8

const (
	None Format = iota
	MessagePack
	CBOR
)

// Of returns the format of a body by its media type, in lower case and without parameters.
func Of(mediaType string) Format {
	switch sub := mediaType[strings.LastIndexAny(mediaType, "/+")+1:]; strings.TrimPrefix(strings.TrimPrefix(sub, "x-"), "vnd.") {
	case "msgpack", "messagepack":
		return MessagePack
	case "cbor", "cbor-seq":
		return CBOR
	}
	return None
}

// Sniff returns the format of data of an unknown type: None unless it is one object or array with a
// text in it, all its texts are UTF-8, and nothing follows.
func Sniff(data []byte) Format {
	for _, f := range []Format{MessagePack, CBOR} {
		r := reader{format: f, data: data}
		var it item
		if !r.next(&it) || it.kind != object && it.kind != array {
			continue
		}
		for texts := 0; r.next(&it); {
			if it.kind == text && !it.binary {
				if it.cut || it.latin {
					break
				}
				texts++
			}
			if len(r.stack) > 0 {
				continue
			}
			if texts > 0 && r.at == len(data) {
				return f
			}
			break
		}
	}
	return None
}

// Frames splits messages of MessagePack that follow their length in bytes, as SignalR sends them
// (the length is a varint, 7 bits in each byte, the lowest first). It returns nil if data is
// anything else.
func Frames(data []byte) (frames [][]byte) {
	for len(data) > 0 {
		n, size := binary.Uvarint(data)
		if size <= 0 || n == 0 || n > uint64(len(data)-size) || Sniff(data[size:size+int(n)]) != MessagePack {
			return nil
		}
		frames = append(frames, data[size:size+int(n)])
		data = data[size+int(n):]
	}
	return frames
}

// JSON returns the values of data as JSON, one line for each, and the number of bytes that they
// take. Bytes after n are not of the format. The JSON has up to eight times their number of bytes.
//
// Names that are numbers become texts, names that are objects or arrays become members without a
// name. Bytes, and texts that are not UTF-8, become texts with a character for each byte (as ISO
// 8859-1). Tags, types of extensions and NaN have no equivalent. Containers that are open at the
// end are closed.
func (f Format) JSON(data []byte) (out []byte, n int) {
	r := reader{format: f, data: data}
	comma, named := false, false
	var it item
	for r.next(&it) {
		if it.kind == end {
			out, comma, named = append(out, it.bracket), true, false
			continue
		}
		if comma {
			if it.depth == 0 {
				out = append(out, '\n')
			} else {
				out = append(out, ',')
			}
		}
		if it.unnamed {
			out = append(out, `"":`...)
		}
		out = it.append(out)
		if named = it.isName && !it.unnamed; named {
			out = append(out, ':')
		}
		comma = !named && it.kind != object && it.kind != array
	}
	if named {
		out = append(out, "null"...)
	}
	for i := len(r.stack) - 1; i >= 0; i-- {
		out = append(out, r.stack[i].bracket())
	}
	return out, r.at
}

// Replace returns data with the texts of a JSON that f.JSON returned for data, and in which values
// or names were replaced by texts since. ok is false if it differs otherwise.
func (f Format) Replace(data, edited []byte) (out []byte, ok bool) {
	r := reader{format: f, data: data}
	w := writer{format: f, data: data}
	var it item
	var was []byte
	for p := 0; r.next(&it); {
		p = skip(edited, p)
		if it.unnamed {
			if !bytes.HasPrefix(edited[p:], []byte(`"":`)) {
				return nil, false
			}
			p = skip(edited, p+3)
		}
		was = it.append(was[:0])
		if bytes.HasPrefix(edited[p:], was) {
			p += len(was)
			continue
		}
		if p == len(edited) || edited[p] != '"' || it.kind == end {
			return nil, false
		}
		to, _ := jsonvalue.StringEnd(edited, p)
		var s string
		if to < 0 || json.Unmarshal(edited[p:to], &s) != nil {
			return nil, false
		}
		p = to
		if it.kind == object || it.kind == array {
			r.skip(&it)
		}
		w.replace(&it, s)
	}
	return w.rest(), true
}

// skip returns the start of the next JSON token other than a separator.
func skip(data []byte, i int) int {
	for i < len(data) && strings.IndexByte(",:\n", data[i]) >= 0 {
		i++
	}
	return i
}

// Map returns data with change applied to each text and name. Bytes that are not of the format
// count as one text.
func (f Format) Map(data []byte, change func(string) string) []byte {
	r := reader{format: f, data: data}
	w := writer{format: f, data: data}
	var it item
	for r.next(&it) {
		if it.kind != text {
			continue
		}
		was := it.string()
		if s := change(was); s != was {
			w.replace(&it, s)
		}
	}
	out := w.rest()
	if r.at == len(data) {
		return out
	}
	tail := string(data[r.at:])
	return append(out[:len(out)-len(tail):len(out)-len(tail)], change(tail)...)
}

// writer copies data with some items replaced.
type writer struct {
	format Format
	data   []byte
	out    []byte
	done   int
}

func (w *writer) replace(it *item, s string) {
	b := []byte(s)
	if it.latin {
		b = b[:0]
		for _, c := range s {
			if c > 0xff { // part of what replaces a text
				b = utf8.AppendRune(b, c)
				continue
			}
			b = append(b, byte(c))
		}
	}
	w.out = append(w.out, w.data[w.done:it.start]...)
	w.out = append(w.format.appendLen(w.out, it.binary, len(b)), b...)
	w.done = it.end
}

func (w *writer) rest() []byte {
	if w.done == 0 {
		return w.data
	}
	return append(w.out, w.data[w.done:]...)
}
