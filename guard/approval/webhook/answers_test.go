package webhook

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/internal/test/must"
)

// TestAmbiguousAnswers signs answers that two readers may interpret differently. None decides.
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

// A signed response that is not an answer is logged; an unsigned one is not.
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
		must.Do(t, x.hook.post(t.Context(), &x.held))
		if strings.Contains(log.String(), "is no answer") != signed {
			t.Errorf("signed: %v, the log is %q", signed, &log)
		}
		s.Close()
	}
}
