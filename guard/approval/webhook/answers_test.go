package webhook

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
)

// TestAmbiguousAnswers signs answers that two readers may take for different ones. None decides.
func TestAmbiguousAnswers(t *testing.T) {
	for name, body := range map[string]string{
		"a member twice":          `{"answer":"a","id":"ID","digest":"DIGEST","decision":"deny","approver":"anna","decision":"approve"}`,
		"in another case":         `{"answer":"a","id":"ID","digest":"DIGEST","decision":"deny","approver":"anna","Decision":"approve"}`,
		"only in another case":    `{"answer":"a","id":"ID","digest":"DIGEST","DECISION":"approve","approver":"anna"}`,
		"another approver":        `{"answer":"a","id":"ID","digest":"DIGEST","decision":"approve","approver":"agent","approver":"anna"}`,
		"text behind it":          `{"answer":"a","id":"ID","digest":"DIGEST","decision":"approve","approver":"anna"}]`,
		"an object behind it":     `{"answer":"a","id":"ID","digest":"DIGEST","decision":"approve","approver":"anna"}{}`,
		"a member of its own":     `{"answer":"a","id":"ID","digest":"DIGEST","decision":"approve","approver":"anna","x":1}`,
		"a list":                  `[{"answer":"a","id":"ID","digest":"DIGEST","decision":"approve","approver":"anna"}]`,
		"no UTF-8":                "{\"answer\":\"a\",\"id\":\"ID\",\"digest\":\"DIGEST\",\"decision\":\"approve\",\"approver\":\"anna\",\"note\":\"\xff\"}",
		"approval in other words": `{"answer":"a","id":"ID","digest":"DIGEST","decision":"Approve","approver":"anna"}`,
	} {
		x := newBench(t, "", nil)
		text := []byte(strings.NewReplacer("ID", x.held.ID, "DIGEST", x.held.Digest).Replace(body))
		at := strconv.FormatInt(x.now.Unix(), 10)
		header := http.Header{HeaderTime: {at}, HeaderSignature: {signature(secret, fromWebhook, at, text)}}
		if _, err := x.hook.Answer(header, text); err == nil || x.state() != approval.Waiting {
			t.Errorf("%s: %v, the call is %s", name, err, x.state())
		}
	}
}

// A response that is signed and no answer is in the log, and one without a signature is not.
func TestResponsesInLog(t *testing.T) {
	for _, signed := range []bool{false, true} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if signed {
				w.Header().Set(HeaderSignature, "v1=00")
			}
		}))
		x := newBench(t, s.URL, nil)
		var log strings.Builder
		x.hook.c.Log = slog.New(slog.NewTextHandler(&log, nil))
		if err := x.hook.post(t.Context(), &x.held); err != nil {
			t.Error(err)
		}
		if strings.Contains(log.String(), "is no answer") != signed {
			t.Errorf("signed: %v, the log is %q", signed, &log)
		}
		s.Close()
	}
}

func TestTimeout(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{
		0: approval.PostTimeout, -1: approval.PostTimeout, 1: 1, approval.PostTimeout: approval.PostTimeout, approval.PostTimeout + 1: approval.PostTimeout,
	} {
		if got := timeout(asked); got != want {
			t.Errorf("%v: %v, want %v", asked, got, want)
		}
	}
}

// The response to a post decides up to its largest size, and not beyond.
func TestLargestResponse(t *testing.T) {
	for size, want := range map[int]approval.State{maxAnswer: approval.Approved, maxAnswer + 1: approval.Waiting} {
		var x *bench
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			text, err := json.Marshal(x.answer("a", "anna"))
			if err != nil {
				t.Error(err)
			}
			text = append(text, bytes.Repeat([]byte(" "), size-len(text))...)
			at := strconv.FormatInt(x.now.Unix(), 10)
			w.Header().Set(HeaderTime, at)
			w.Header().Set(HeaderSignature, signature(secret, fromWebhook, at, text))
			w.Write(text)
		}))
		x = newBench(t, s.URL, nil)
		if err := x.hook.post(t.Context(), &x.held); err != nil || x.state() != want {
			t.Errorf("%d bytes: %v, the call is %s", size, err, x.state())
		}
		s.Close()
	}
}
