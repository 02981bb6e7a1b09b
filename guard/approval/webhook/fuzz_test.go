package webhook

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/approval"
)

// FuzzAnswer looks for an answer that decides although it should not: without a valid signature, or
// with variant spellings of its members.
func FuzzAnswer(f *testing.F) {
	f.Add(`{"answer":"1","id":"ID","digest":"DIGEST","decision":"approve","approver":"ana"}`, "", true)
	f.Add(`{"answer":"1","id":"ID","digest":"DIGEST","decision":"deny","approver":"ana","note":"no"}`, "", true)
	f.Add(`{"answer":"1","id":"ID","digest":"DIGEST","decision":"deny","Decision":"approve","approver":"ana"}`, "", true)
	f.Add(`{"answer":"1","id":"ID","digest":"DIGEST","decision":"approve","approver":"a\u202eb"}`, "", true)
	f.Add(`{"answer":"1","id":"ID","digest":"DIGEST","decision":"approve","approver":"ana"}`, "v1=00", false)
	f.Fuzz(func(t *testing.T, body, forged string, signed bool) {
		x := newBench(t, "", nil)
		body = strings.NewReplacer("DIGEST", x.held.Digest, "ID", x.held.ID).Replace(body)
		now := strconv.FormatInt(x.now.Unix(), 10)
		mark := forged
		if signed {
			mark = signature(secret, fromWebhook, now, []byte(body))
		}
		h := http.Header{}
		h.Set(HeaderTime, now)
		h.Set(HeaderSignature, mark)
		_, err := x.hook.Answer(h, []byte(body))
		state := x.state()
		if err != nil || !signed {
			if state != approval.Waiting || err == nil {
				t.Fatalf("%q decided, signed: %v, %v", body, signed, err)
			}
			return
		}
		var a map[string]string
		if json.Unmarshal([]byte(body), &a) != nil || a["id"] != x.held.ID || a["digest"] != x.held.Digest || a["approver"] == "" ||
			a["decision"] != map[approval.State]string{approval.Approved: "approve", approval.Denied: "deny"}[state] {
			t.Errorf("%q made the call %s", body, state)
		}
	})
}
