package view

import (
	"strings"

	"github.com/spectap/spectap/flow"
)

// MessagesView lists the messages of a WebSocket, or some of them.
type MessagesView struct {
	Messages []MessageView `json:"list"`             // in order of time
	Total    int           `json:"total"`            // how many messages there are
	Offset   int           `json:"offset,omitempty"` // how many of them precede the list
	// Truncated and NextOffset are about the list; each message has a Truncated of its own.
	Truncated  bool `json:"truncated,omitempty"` // there are more: call again with message_offset next_offset
	NextOffset int  `json:"next_offset,omitempty"`
}

// MessageView is one message.
type MessageView struct {
	AtMS      int64  `json:"at_ms"`               // when it was complete, after the start of the flow
	From      string `json:"from"`                // client or server
	Kind      string `json:"kind"`                // text, binary, close, ping, pong, or another opcode by its number
	Size      int64  `json:"size"`                // bytes of the whole message
	Text      string `json:"text,omitempty"`      // with secrets redacted; absent if it is not text
	Truncated bool   `json:"truncated,omitempty"` // the text is cut: full_body shows more, up to what was recorded
}

// Limits of the messages that one result shows: in a preview, and in full.
const (
	previewMessages = 50
	fullMessages    = 1000
)

// MessageText returns the text of a message, or "" if it is not text.
func MessageText(m *flow.Message) string {
	data := m.Data
	if m.Kind == flow.Close && len(data) >= 2 {
		data = data[2:] // after the status (RFC 6455, section 5.5.1)
	}
	if m.Kind != flow.Text && !IsText("", data) {
		return ""
	}
	return Visible(string(data))
}

// Messages shows the messages of a flow from an offset on, or nil without messages. limit bounds
// the text of each message in bytes. All texts together have at most [FullBytes].
func Messages(ms []flow.Message, offset, limit int) *MessagesView {
	if len(ms) == 0 {
		return nil
	}
	maxCount := previewMessages
	if limit > PreviewBytes {
		maxCount = fullMessages
	}
	out := &MessagesView{Messages: []MessageView{}, Total: len(ms), Offset: min(offset, len(ms))}
	left := FullBytes
	for i := out.Offset; i < len(ms); i++ {
		if len(out.Messages) == maxCount || left <= 0 {
			out.Truncated, out.NextOffset = true, i
			break
		}
		m := &ms[i]
		v := MessageView{
			AtMS: m.At.Milliseconds(), From: "server", Kind: m.Kind.String(), Size: m.Size,
			Text: MessageText(m), Truncated: m.Truncated,
		}
		if m.FromClient {
			v.From = "client"
		}
		if n := min(limit, left); len(v.Text) > n {
			v.Text, v.Truncated = WholeRunes(v.Text[:n]), true
		}
		left -= len(v.Text) + 100 // about the size of the other members
		out.Messages = append(out.Messages, v)
	}
	return out
}

// messagesText joins the texts of some messages, up to MaxDecoded bytes.
func messagesText(ms []flow.Message, isOne func(*flow.Message) bool) string {
	var b strings.Builder
	for i := range ms {
		if !isOne(&ms[i]) {
			continue
		}
		if text := MessageText(&ms[i]); text != "" && b.Len()+len(text) < MaxDecoded {
			b.WriteString(text)
			b.WriteByte('\n')
		}
	}
	return b.String()
}
