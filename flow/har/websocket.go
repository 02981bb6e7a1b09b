package har

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
)

// wsMessage is a WebSocket message in Chrome's format:
// https://developer.chrome.com/blog/new-in-devtools-76#websocket.
type wsMessage struct {
	Type      string  `json:"type"`             // "send" or "receive"; Chrome also writes "error"
	Time      *number `json:"time"`             // seconds since 1970
	Opcode    *number `json:"opcode,omitempty"` // 1 is text, 2 binary; -1 accompanies errors
	Data      string  `json:"data"`             // base64 unless it is text
	Encoding  string  `json:"_encoding,omitempty"`
	Size      *number `json:"_size,omitempty"`
	Truncated bool    `json:"_truncated,omitempty"`
	Comment   comment `json:"comment,omitempty"`
}

// messages returns the messages of an entry. It stores the first error message in *cause.
func (e *entry) messages(started time.Time, cause *string) ([]flow.Message, error) {
	var out []flow.Message
	for i, m := range e.Messages {
		if m.Type == "error" {
			*cause = cmp.Or(*cause, m.Data)
			continue
		}
		msg, err := m.message(started)
		if err != nil {
			return nil, fmt.Errorf("_webSocketMessages[%d].%w", i, err)
		}
		out = append(out, msg)
	}
	return out, nil
}

func (m *wsMessage) message(started time.Time) (flow.Message, error) {
	out := flow.Message{Kind: flow.Text, Truncated: m.Truncated}
	switch m.Type {
	case "send", "request":
		out.FromClient = true
	case "receive", "response":
	default:
		return out, errors.New("type: must be send or receive")
	}
	if m.Opcode != nil {
		if *m.Opcode < 1 || *m.Opcode > 15 || float64(*m.Opcode) != math.Trunc(float64(*m.Opcode)) {
			return out, errors.New("opcode: not a message opcode")
		}
		out.Kind = flow.MessageKind(*m.Opcode)
	}
	out.Data = []byte(m.Data)
	if out.Kind != flow.Text || m.Encoding == "base64" {
		data, ok := fromBase64(m.Data)
		if !ok && m.Encoding == "base64" {
			return out, errors.New("data: not base64")
		}
		if ok { // some recorders write binary messages unencoded
			out.Data = data
		}
	}
	if len(out.Data) == 0 {
		out.Data = nil
	}
	out.Size = int64(len(out.Data))
	n, err := size(m.Size)
	if err != nil {
		return out, fmt.Errorf("_size: %w", err)
	}
	if out.Truncated {
		out.Size = max(out.Size, n)
	}
	if m.Time != nil {
		out.At = sinceStart(float64(*m.Time), started)
	}
	return out, nil
}

// sinceStart converts a time in seconds, precise to microseconds at best, to one relative to
// started. It returns 0 for an impossible time.
func sinceStart(seconds float64, started time.Time) time.Duration {
	if !(seconds > 0 && seconds < 1e11) {
		return 0
	}
	at := time.UnixMicro(int64(math.Round(seconds * 1e6))).Sub(started.Truncate(time.Microsecond))
	if at < 0 || at > maxDuration {
		return 0
	}
	return at
}

// wsMessagesOf returns the messages of a flow.
func wsMessagesOf(f *flow.Flow) []wsMessage {
	var out []wsMessage
	for i := range f.Messages {
		m := &f.Messages[i]
		at := f.Started.Truncate(time.Microsecond).Add(m.At).UnixMicro()
		w := wsMessage{Type: "receive", Time: newNumber(float64(at) / 1e6), Opcode: newNumber(float64(m.Kind)),
			Data: string(m.Data), Truncated: m.Truncated}
		if m.FromClient {
			w.Type = "send"
		}
		if m.Kind != flow.Text || !utf8.Valid(m.Data) {
			w.Data = base64.StdEncoding.EncodeToString(m.Data)
			w.Encoding = "base64"
		}
		if m.Omitted != "" {
			w.Comment, w.Truncated = omission(m.Size, m.Omitted), true
		}
		if w.Truncated {
			w.Size = newNumber(float64(m.Size))
		}
		out = append(out, w)
	}
	return out
}
