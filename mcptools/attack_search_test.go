package mcptools

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
)

// TestSearchSeesWhatIsShown searches for a secret in bodies that no tool shows. An agent could find
// it letter by letter with expressions.
func TestSearchSeesWhatIsShown(t *testing.T) {
	const secret = "hunter2hunter2"
	var fs []flow.Flow
	for mediaType, body := range map[string]string{
		"application/grpc": "\x00\x00\x00\x00\x10\x0a\x0e" + secret, "application/x-protobuf": "\n\x0e" + secret, "application/octet-stream": "\x01\x00" + secret,
		"application/bson":                "\x23\x00\x00\x00\x02pw\x00\x0f\x00\x00\x00" + secret + "\x00\x00",
		"multipart/form-data; boundary=b": "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\x00" + secret + "\r\n--b--\r\n",
		"application/msgpack":             "\x82\xa2id\x01\xa4blob\xc4\x0e" + secret,
	} {
		f := newFlow("POST", "https", "api.example", "/rpc", "")
		f.Request.Header = append(f.Request.Header, flow.Field{Name: "Content-Type", Value: mediaType})
		f.Request.Body = flow.Body{Data: []byte(body), Size: int64(len(body))}
		f = answered(f, 200, mediaType, body)
		f.Messages = []flow.Message{{Kind: flow.Binary, FromClient: true, Data: []byte("\x00" + secret), Size: 15}}
		fs = append(fs, f)
	}
	s := connect(t, newStore(t, fs...))
	for _, text := range []string{secret, "~hunter[0-9]", "~(?i)^.*HUNTER"} {
		for _, field := range []string{"body:", "request.body:", "response.body:"} {
			args := object{"filter": field + `"` + text + `"`, "status": "2xx"}
			if got := s.fine("search_traffic", args); len(list(t, got, "flows")) > 0 {
				t.Errorf("search_traffic %v: %v", args, got)
			}
			if got := s.fine("find_failures", args); len(list(t, got, "failures")) > 0 {
				t.Errorf("find_failures %v: %v", args, got)
			}
		}
	}
	if got := s.fine("search_traffic", object{"filter": `body:"[redacted:unread"`}); len(list(t, got, "flows")) != 1 {
		t.Errorf("the placeholder in the form, which is shown: %v", got)
	}
}

// redactions counts the flows that are redacted.
type redactions struct {
	*redact.Redactor
	n *atomic.Int64
}

func (r redactions) Flow(f flow.Flow) flow.Flow {
	r.n.Add(1)
	return r.Redactor.Flow(f)
}

// TestWorkTellsNothingOfGuesses compares the work for parts of secrets with that for other texts.
// The time of a search must not tell whether a guess is right.
func TestWorkTellsNothingOfGuesses(t *testing.T) {
	var fs []flow.Flow
	for range 30 {
		f := newFlow("POST", "https", "api.example", "/reset/token/swordfish", "password=swordfish")
		f.Request.Header = append(f.Request.Header, flow.Field{Name: "Authorization", Value: "Bearer swordfish"})
		f.Request.Body = flow.Body{Data: []byte("password=swordfish"), Size: 18}
		fs = append(fs, answered(f, 200, "application/json", `{"password":"swordfish"}`))
	}
	st := newStore(t, fs...)
	for _, warm := range []bool{false, true} {
		work := func(tool, argument, text string) int64 {
			r := redactions{redact.New([]byte("key"), redact.Config{}), new(atomic.Int64)}
			s := connect(t, st, func(c *setup) { c.Redact, c.Wait = r, time.Minute })
			if warm {
				noError(t, s.server.Warm(t.Context()))
				r.n.Store(0)
			}
			s.fine(tool, object{argument: text})
			return r.n.Load()
		}
		for _, format := range []string{
			"query %s", "filter %s", "filter body:%s", "filter body:~%s", "filter path:*%s", "filter path:/reset/token/%s", "filter query:password=%s", "filter header:authorization=~%s", "value %s",
		} {
			argument, format, _ := strings.Cut(format, " ")
			tool := "search_traffic"
			if argument == "value" {
				if tool = "find_value"; !warm { // it builds the index meanwhile
					continue
				}
			}
			right, wrong := work(tool, argument, fmt.Sprintf(format, "swordfi")), work(tool, argument, fmt.Sprintf(format, "swordfo"))
			if right != wrong {
				t.Errorf("%s with %s: %d flows are redacted for a right guess, %d for a wrong one, indexed %t", tool, format, right, wrong, warm)
			}
		}
	}
}
