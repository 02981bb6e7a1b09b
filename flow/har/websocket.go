package har

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
)

// wsMessage is a message of a WebSocket, in the form that Chrome gave it:
// https://developer.chrome.com/blog/new-in-devtools-76#websocket.
type wsMessage struct {
	Type      string  `json:"type"`             // "send", "receive"; Chrome has "error" too
	Time      *number `json:"time"`             // seconds since 1970
	Opcode    *number `json:"opcode,omitempty"` // 1 is text, 2 binary; -1 comes with errors
	Data      string  `json:"data"`             // in base64 unless it is text
	Encoding  string  `json:"_encoding,omitempty"`
	Size      *number `json:"_size,omitempty"`
	Truncated bool    `json:"_truncated,omitempty"`
}

// messages returns the messages of an entry. Failures among them go to *cause.
func (e *entry) messages(started time.Time, cause *string) ([]flow.Message, error) {
	var out []flow.Message
	for i, m := range e.WebSocket {
		if m.Type == "error" {
			if *cause == "" {
				*cause = m.Data
			}
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
			return out, errors.New("opcode: not one of a message")
		}
		out.Kind = flow.MessageKind(*m.Opcode)
	}
	out.Data = []byte(m.Data)
	if out.Kind != flow.Text || m.Encoding == "base64" {
		data, err := fromBase64(m.Data)
		if err != nil && m.Encoding == "base64" {
			return out, errors.New("data: not base64")
		}
		if err == nil { // some recorders write binary messages as they look
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

// sinceStart turns a time in seconds, which has microseconds at best, into one counted from started. What cannot be
// becomes 0.
func sinceStart(seconds float64, started time.Time) time.Duration {
	if !(seconds > 0 && seconds < 1e11) {
		return 0
	}
	at := time.UnixMicro(int64(math.Round(seconds * 1e6))).Sub(started.Truncate(time.Microsecond))
	if at < 0 || at > maxTook {
		return 0
	}
	return at
}

// webSocketOf returns the messages of a flow.
func webSocketOf(f *flow.Flow) []wsMessage {
	var out []wsMessage
	for i := range f.Messages {
		m := &f.Messages[i]
		at := f.Started.Truncate(time.Microsecond).Add(m.At).UnixMicro()
		w := wsMessage{Type: "receive", Time: num(float64(at) / 1e6), Opcode: num(float64(m.Kind)), Data: string(m.Data), Truncated: m.Truncated}
		if m.FromClient {
			w.Type = "send"
		}
		if m.Kind != flow.Text || !utf8.Valid(m.Data) {
			w.Data = base64.StdEncoding.EncodeToString(m.Data)
			w.Encoding = "base64"
		}
		if m.Truncated {
			w.Size = num(float64(m.Size))
		}
		out = append(out, w)
	}
	return out
}
