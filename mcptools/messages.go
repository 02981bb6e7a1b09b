package mcptools

import (
	"strings"

	"github.com/spectap/spectap/flow"
)

// MessagesView is what passed through a WebSocket, or a part of it.
type MessagesView struct {
	Messages []MessageView `json:"list" jsonschema_description:"in order of time"`
	Total    int           `json:"total" jsonschema_description:"how many messages there are"`
	Offset   int           `json:"offset,omitempty" jsonschema_description:"how many of them come before the first of the list"`
	// Truncated and NextOffset are those of the list, not of its messages.
	Truncated  bool `json:"truncated,omitempty" jsonschema_description:"there are more: ask again with message_offset next_offset"`
	NextOffset int  `json:"next_offset,omitempty"`
}

// MessageView is one message.
type MessageView struct {
	AtMS      int64  `json:"at_ms" jsonschema_description:"when it was complete, after the start of the flow"`
	From      string `json:"from" jsonschema_description:"client or server"`
	Kind      string `json:"kind" jsonschema_description:"text, binary, close, ping, pong, or another opcode by its number"`
	Size      int64  `json:"size" jsonschema_description:"bytes of the whole message"`
	Text      string `json:"text,omitempty" jsonschema_description:"with secrets redacted; absent for what is no text"`
	Truncated bool   `json:"truncated,omitempty" jsonschema_description:"the text is cut: full_body shows more, up to what the recorder kept"`
}

// How many messages one answer shows at most: beside the preview of a flow, and in full.
const (
	previewMessages = 50
	fullMessages    = 1000
)

var messageOffsetParam = param{name: "message_offset", kind: whole, otherwise: 0, doc: "leave out so many messages of a WebSocket"}

// messageText is a redacted message as it is shown; "" for what is no text.
func messageText(m *flow.Message) string {
	data := m.Data
	if m.Kind == flow.Close && len(data) >= 2 {
		data = data[2:] // after the status (RFC 6455, section 5.5.1)
	}
	if m.Kind != flow.Text && !isText("", data) {
		return ""
	}
	return visible(string(data))
}

// messages shows the messages of a redacted flow from an offset on; nil when there are none. limit bounds the text of
// each in bytes, and all together have as much as a whole body.
func messages(ms []flow.Message, offset, limit int) *MessagesView {
	if len(ms) == 0 {
		return nil
	}
	most := previewMessages
	if limit > previewBytes {
		most = fullMessages
	}
	out := &MessagesView{Messages: []MessageView{}, Total: len(ms), Offset: min(offset, len(ms))}
	left := fullBytes
	for i := out.Offset; i < len(ms); i++ {
		if len(out.Messages) == most || left <= 0 {
			out.Truncated, out.NextOffset = true, i
			break
		}
		m := &ms[i]
		v := MessageView{AtMS: m.At.Milliseconds(), From: "server", Kind: m.Kind.String(), Size: m.Size, Text: messageText(m), Truncated: m.Truncated}
		if m.FromClient {
			v.From = "client"
		}
		if n := min(limit, left); len(v.Text) > n {
			v.Text, v.Truncated = wholeRunes(v.Text[:n]), true
		}
		left -= len(v.Text) + 100 // what else a message has
		out.Messages = append(out.Messages, v)
	}
	return out
}

// messagesText joins the texts of all messages, for searches.
func messagesText(ms []flow.Message) string {
	var b strings.Builder
	for i := range ms {
		if text := messageText(&ms[i]); text != "" && b.Len()+len(text) < maxDecoded {
			b.WriteString(text)
			b.WriteByte('\n')
		}
	}
	return b.String()
}
