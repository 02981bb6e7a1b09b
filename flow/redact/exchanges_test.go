package redact_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
)

// TestExchanges redacts the exchanges of testdata/exchanges.txt: exactly the text between « and ».
func TestExchanges(t *testing.T) {
	data := must.Get(os.ReadFile("testdata/exchanges.txt"))
	_, all, _ := strings.Cut(string(data), "=== ")
	for one := range strings.SplitSeq(all, "\n=== ") {
		name, want, _ := strings.Cut(strings.TrimRight(one, "\n"), "\n")
		t.Run(name, func(t *testing.T) {
			got := basicUser.ReplaceAllString(emptied(textOf(red.Flow(flowOf(strings.NewReplacer("«", "", "»", "").Replace(want))))), "Basic []")
			if want := emptiedMarks(want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// basicUser matches a Basic credential whose user is shown.
var basicUser = regexp.MustCompile(`Basic \S*\[\]`)

// emptiedMarks replaces the text between « and » by [].
func emptiedMarks(text string) string {
	for strings.Contains(text, "«") {
		before, rest, _ := strings.Cut(text, "«")
		_, after, _ := strings.Cut(rest, "»")
		text = before + "[]" + after
	}
	return text
}

// flowOf parses a request and its response, with a line "--- STATUS" between them. Lines after the
// status 101 that begin with ">" and "<" are messages of the client and of the server.
func flowOf(text string) (f flow.Flow) {
	request, response, ok := strings.Cut(text, "\n--- ")
	if strings.HasPrefix(response, "101") {
		lines := strings.Split(response, "\n")
		response = ""
		for _, line := range lines {
			if strings.HasPrefix(line, "> ") || strings.HasPrefix(line, "< ") {
				f.Messages = append(f.Messages, flow.Message{Kind: flow.Text, FromClient: line[0] == '>', Data: []byte(line[2:])})
				continue
			}
			response += line + "\n"
		}
	}
	line, rest, _ := strings.Cut(request, "\n")
	method, target, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(target, "?")
	f.Request = flow.Request{Method: method, Scheme: "https", Authority: "api.example.com", Path: path, RawQuery: query}
	f.Request.Header, f.Request.Body = messageOf(rest)
	if ok {
		status, rest, _ := strings.Cut(response, "\n")
		code, _ := strconv.Atoi(status)
		f.Response = &flow.Response{Status: code}
		f.Response.Header, f.Response.Body = messageOf(rest)
	}
	return f
}

func messageOf(text string) (h flow.Header, b flow.Body) {
	head, body, _ := strings.Cut(text, "\n\n")
	for line := range strings.SplitSeq(head, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			h = append(h, flow.Field{Name: name, Value: value})
		}
	}
	return h, flow.Body{Data: []byte(body), Size: int64(len(body))}
}

// textOf is the reverse of flowOf.
func textOf(f flow.Flow) string {
	q := &f.Request
	text := q.Method + " " + q.Path
	if q.RawQuery != "" {
		text += "?" + q.RawQuery
	}
	text += textOfMessage(q.Header, q.Body)
	if f.Response != nil {
		text += "\n--- " + strconv.Itoa(f.Response.Status) + textOfMessage(f.Response.Header, f.Response.Body)
	}
	for _, m := range f.Messages {
		text += map[bool]string{true: "\n> ", false: "\n< "}[m.FromClient] + string(m.Data)
	}
	return strings.TrimRight(text, "\n")
}

func textOfMessage(h flow.Header, b flow.Body) (text string) {
	for _, field := range h {
		if field.Name != "Content-Length" {
			text += "\n" + field.Name + ": " + field.Value
		}
	}
	if len(b.Data) > 0 {
		text += "\n\n" + strings.TrimRight(string(b.Data), "\n")
	}
	return text
}
