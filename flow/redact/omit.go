package redact

import (
	"bytes"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/packed"
	"github.com/spectap/spectap/flow/redact/mark"
)

// Reasons for which a body is omitted.
const (
	unreadable  = "redaction cannot read it"
	unnamed     = unreadable + " without the descriptor of its message (--proto)"
	misnamed    = unreadable + ": no descriptor of --proto fits its message, or it exceeds a limit"
	undecodable = "its content encoding cannot be undone"
)

// omitted returns a body without its data. The digest is keyed like placeholders are, so that
// nobody can test a guess of a short body.
func (r *Redactor) omitted(b flow.Body, why string) flow.Body {
	return flow.Body{Size: b.Size, Truncated: b.Truncated, Omitted: r.omission(b.Data, why)}
}

func (r *Redactor) omission(data []byte, why string) string {
	one := *r
	one.standIns = nil
	return why + "; digest " + one.placeholderOfKind(mark.Unread, stringOf(data))
}

// canRead reports whether Body sees all values of decoded data: it is text, has parts, which are
// judged one by one, or is in one of the binary formats that Body reads.
func (r *Redactor) canRead(contentType string, data []byte) bool {
	mt := decode.MediaType(contentType)
	if mark.Is(stringOf(data)) || decode.IsPlainText(mt, data) {
		return true
	}
	if decode.IsText(mt) {
		return false
	}
	if p := packingOf(mt, data); p.format != packed.None {
		if p.framed {
			return true
		}
		_, n := p.format.JSON(data)
		return decode.IsPlainText("", data[n:])
	}
	return (decode.IsMultipart(mt) || decode.FirstByte(data) == '-') && boundaryOf(contentType, data) != ""
}

// readable returns data, or a placeholder for it if redaction cannot read it.
func (r *Redactor) readable(contentType string, data []byte) []byte {
	if r.canRead(contentType, data) {
		return data
	}
	r.trace.because(isUnread)
	return []byte(r.placeholderOfKind(mark.Unread, stringOf(data)))
}

// closeStatus is the length of the status before the text of a message that closes a WebSocket (RFC
// 6455, section 5.5.1).
const closeStatus = 2

// messages redacts those of a WebSocket; answer those of the server. It returns ms itself if
// nothing changes.
func (r *Redactor) messages(ms []flow.Message, answer *Redactor) []flow.Message {
	ms = r.joinedMessages(ms)
	return eachMessage(ms, func(m *flow.Message) {
		text := m.Data
		if m.Kind == flow.Close {
			text = text[min(closeStatus, len(text)):]
		}
		if !r.canRead("", text) {
			m.Data, m.Omitted = nil, r.omission(m.Data, unreadable)
			return
		}
		by := answer
		if m.FromClient {
			by = r
		}
		setData(m, by.Body("", m.Data))
	})
}

// joinedMessages hides what the joined pieces of a text show, in the messages of each side.
func (r *Redactor) joinedMessages(ms []flow.Message) []flow.Message {
	for _, fromClient := range [...]bool{false, true} {
		texts := make([]string, len(ms))
		for i := range ms {
			if ms[i].FromClient == fromClient && ms[i].Kind == flow.Text {
				texts[i] = stringOf(ms[i].Data)
			}
		}
		out, i := r.joined(texts), -1
		ms = eachMessage(ms, func(m *flow.Message) {
			if i++; out[i] != texts[i] {
				setData(m, []byte(out[i]))
			}
		})
	}
	return ms
}

// eachMessage applies edit to a copy of each message. It returns ms itself if nothing changes.
func eachMessage(ms []flow.Message, edit func(*flow.Message)) []flow.Message {
	return each(ms, func(m *flow.Message) bool {
		before := *m
		edit(m)
		return m.Omitted != before.Omitted || m.Truncated != before.Truncated || !bytes.Equal(m.Data, before.Data)
	})
}

// setData replaces the data of a message, which may have another size then.
func setData(m *flow.Message, data []byte) {
	if bytes.Equal(data, m.Data) {
		return
	}
	size := int64(len(data))
	if m.Truncated {
		size = max(m.Size, size)
	}
	m.Data, m.Size = data, size
}
