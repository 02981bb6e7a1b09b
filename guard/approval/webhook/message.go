package webhook

import (
	"encoding/json"
	"html"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/internal/visible"
)

// message is the body of a post. It has the fields of an incoming webhook of Slack, and the same
// content as plain fields. Texts of the call are in plain-text blocks, in which Slack interprets no
// markup.
type message struct {
	Text   string  `json:"text"`
	Mrkdwn bool    `json:"mrkdwn"`
	Blocks []block `json:"blocks"`

	Event     string            `json:"event"` // "approval.waiting"
	ID        string            `json:"id"`
	Digest    string            `json:"digest"` // of the call before redaction; an answer repeats it
	Grant     string            `json:"grant"`
	Client    string            `json:"client,omitempty"` // the name that the client gives itself, unverified
	Server    string            `json:"server"`
	Tool      string            `json:"tool"`
	Inner     string            `json:"inner,omitempty"`
	Rule      string            `json:"rule"`
	Also      []string          `json:"also,omitempty"`
	Reason    string            `json:"reason,omitempty"`
	Approvers int               `json:"approvers"`
	Arguments json.RawMessage   `json:"arguments"` // redacted
	Request   *approval.Request `json:"request,omitempty"`
	Effect    string            `json:"effect,omitempty"`
	Created   time.Time         `json:"created"`
	Expires   time.Time         `json:"expires"`
}

// block is a block of Slack's Block Kit.
type block struct {
	Type     string      `json:"type"`
	Text     *blockText  `json:"text,omitempty"`
	Elements []blockText `json:"elements,omitempty"`
}

type blockText struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Emoji *bool  `json:"emoji,omitempty"`
}

// Slack's limits on the characters of a text and on blocks. A message has at most maxParts parts.
const (
	maxText  = 2900
	maxParts = 12
)

// messageOf returns the message about a held call, without secrets.
func messageOf(h *approval.Held, r *redact.Redactor) message {
	v := redacted(h, r)
	m := message{
		Text: "A call of " + Mrkdwn(v.Tool) + " by " + Mrkdwn(v.Grant) + " waits for approval: " + v.ID, Event: "approval.waiting",
		ID: v.ID, Digest: v.Digest, Grant: v.Grant, Client: v.Client, Server: v.Server, Tool: v.Tool, Inner: v.Inner,
		Rule: v.Rule, Also: v.Also, Reason: v.Reason,
		Approvers: max(1, v.Approvers), Arguments: json.RawMessage(v.Arguments), Request: v.Request, Effect: v.Effect, Created: v.Created, Expires: v.Expires,
	}
	if len(m.Arguments) == 0 {
		m.Arguments = json.RawMessage("{}")
	}
	for i, part := range parts(approval.Describe(v, nil)) {
		if i == maxParts {
			m.Blocks = append(m.Blocks, plain("… the rest: spectap approvals show "+v.ID))
			break
		}
		m.Blocks = append(m.Blocks, plain(part))
	}
	return m
}

func plain(text string) block {
	return block{Type: "section", Text: &blockText{Type: "plain_text", Text: text, Emoji: new(bool)}}
}

// parts splits a text into parts within Slack's limits, at line breaks where possible.
func parts(text string) []string {
	var out []string
	for text != "" {
		r := []rune(text)
		if len(r) <= maxText {
			return append(out, text)
		}
		part := string(r[:maxText])
		if i := strings.LastIndexByte(part, '\n'); i > 0 {
			part = part[:i+1]
		}
		out, text = append(out, part), text[len(part):]
	}
	return out
}

// Mrkdwn escapes untrusted text for Slack's mrkdwn. The three control characters are escaped as
// Slack documents, so that the text contains no mention, link or channel. A zero-width space
// follows formatting characters that other programs with Slack's message format would interpret.
func Mrkdwn(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case strings.ContainsRune("&<>", c):
			b.WriteString(html.EscapeString(string(c)))
		case strings.ContainsRune("*_~`|[]()!@#\\", c):
			b.WriteRune(c)
			b.WriteString("\u200b")
		case !visible.Shown(c):
			b.WriteByte(' ')
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// redacted returns a held call without the secrets that redaction finds. It is redacted as one
// flow, so that a secret that only the URL or a header identifies is hidden in the arguments as
// well.
func redacted(h *approval.Held, r *redact.Redactor) *approval.Held {
	v := *h
	f := flow.Flow{Messages: []flow.Message{{FromClient: true, Data: h.Arguments}, {FromClient: true, Data: []byte(h.Effect)}}}
	before := ""
	if q := h.Request; q != nil {
		before, f.Request.Path, f.Request.RawQuery = splitURL(q.URL)
		f.Request.Body = flow.Body{Data: []byte(q.Body), Size: int64(len(q.Body))}
		for _, line := range q.Header {
			if name, value, _ := strings.Cut(line, ": "); !ofCoding(name) {
				f.Request.Header = append(f.Request.Header, flow.Field{Name: name, Value: value})
			}
		}
	}
	f = r.Flow(f)
	v.Arguments, v.Effect = f.Messages[0].Data, string(f.Messages[1].Data)
	if h.Request == nil {
		return &v
	}
	request := *h.Request
	request.URL, request.Header, request.Body = r.URL(before)+f.Request.Target(), nil, string(f.Request.Body.Data)
	rest := f.Request.Header
	for _, line := range h.Request.Header {
		if name, _, _ := strings.Cut(line, ": "); !ofCoding(name) && len(rest) > 0 {
			line, rest = rest[0].Name+": "+rest[0].Value, rest[1:]
		}
		request.Header = append(request.Header, line)
	}
	v.Request = &request
	return &v
}

// ofCoding reports whether a header describes the coding or length of a body. A held call has the
// decoded body.
func ofCoding(name string) bool {
	return strings.EqualFold(name, "Content-Encoding") || strings.EqualFold(name, "Content-Length")
}

// splitURL splits a URL into the part before its path, the path, and the query.
func splitURL(s string) (before, path, query string) {
	s, query, _ = strings.Cut(s, "?")
	if _, rest, ok := strings.Cut(s, "://"); ok {
		if n := strings.IndexByte(rest, '/'); n >= 0 {
			at := len(s) - len(rest) + n
			return s[:at], s[at:], query
		}
		return s, "", query
	}
	return "", s, query
}
