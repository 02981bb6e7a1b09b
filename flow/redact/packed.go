package redact

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/spectap/spectap/flow/packed"
	"github.com/spectap/spectap/flow/redact/mark"
)

// packing is how a body or message has values of JSON in a binary format.
type packing struct {
	format packed.Format
	framed bool // each message follows its length, as SignalR sends them
}

// packingOf returns the packing by the media type or, if that is unspecific, by the content. The
// format of other content is None.
func packingOf(mediaType string, data []byte) packing {
	f := packed.Of(mediaType)
	isUnknown := f == packed.None && (mediaType == "" || mediaType == "application/octet-stream")
	if isUnknown {
		if f := packed.Sniff(data); f != packed.None && hasWholeMarks(f, data) {
			return packing{format: f}
		}
	}
	if (isUnknown || f == packed.MessagePack) && packed.Frames(data) != nil {
		return packing{format: packed.MessagePack, framed: true}
	}
	return packing{format: f}
}

// hasWholeMarks reports whether each placeholder in data is one in a text of the format. A
// placeholder that redaction put into other bytes may make them look like the format.
func hasWholeMarks(f packed.Format, data []byte) bool {
	n := strings.Count(stringOf(data), mark.Prefix)
	if n == 0 { // as in most data, which is not read again
		return true
	}
	f.Map(data, func(s string) string {
		n -= strings.Count(s, mark.Prefix)
		return s
	})
	return n == 0
}

// each applies edit to the values, without the lengths of frames.
func (p packing) each(data []byte, edit func([]byte) []byte) []byte {
	if !p.framed {
		return edit(data)
	}
	var out []byte
	for _, frame := range packed.Frames(data) {
		values := edit(frame)
		out = append(binary.AppendUvarint(out, uint64(len(values))), values...)
	}
	return out
}

// replace applies text to the texts of a body in a binary format, and to any other body as one
// text. It returns data itself if nothing changes.
func replace(mediaType string, data []byte, text func(string) string) []byte {
	out := bytesIfChanged(data, text(stringOf(data)))
	if bytes.Equal(out, data) {
		return data
	}
	if p := packingOf(mediaType, data); p.format != packed.None { // with the lengths of the new texts
		return p.each(data, func(values []byte) []byte { return p.format.Map(values, text) })
	}
	return out
}

// packed redacts a body in a binary format: its values like those of JSON, what follows them as
// text.
func (r *Redactor) packed(p packing, data []byte) []byte {
	return p.each(data, func(data []byte) []byte {
		text, n := p.format.JSON(data)
		out := data[:n]
		if red := r.json(text); !bytes.Equal(red, text) {
			var ok bool
			if out, ok = p.format.Replace(out, red); !ok {
				out, n = nil, 0
			}
		}
		return append(out[:len(out):len(out)], r.plain(stringOf(data[n:]))...)
	})
}
