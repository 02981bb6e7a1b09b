package webhook

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
)

// A signature is for one time, direction and body. The time is in seconds, written with digits.
func TestVerify(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	body := []byte("{}")
	at := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	for name, tt := range map[string]struct {
		time      string
		direction string
		want      error
	}{
		"now":            {at(0), fromWebhook, nil},
		"earliest":       {at(-approval.AnswerWindow), fromWebhook, nil},
		"too early":      {at(-approval.AnswerWindow - time.Second), fromWebhook, approval.ErrLate},
		"latest":         {at(approval.AnswerWindow), fromWebhook, nil},
		"too late":       {at(approval.AnswerWindow + time.Second), fromWebhook, approval.ErrLate},
		"the other way":  {at(0), toWebhook, errSignature},
		"a sign":         {"+" + at(0), fromWebhook, errSignature},
		"a fraction":     {at(0) + ".0", fromWebhook, errSignature},
		"no number":      {"now", fromWebhook, errSignature},
		"a huge number":  {strings.Repeat("9", 30), fromWebhook, errSignature},
		"no time at all": {"", fromWebhook, errSignature},
	} {
		h := http.Header{HeaderTime: {tt.time}, HeaderSignature: {signature(secret, tt.direction, tt.time, body)}}
		signed, err := verify(secret, h, body, now)
		if !errors.Is(err, tt.want) || err == nil && strconv.FormatInt(signed.Unix(), 10) != tt.time || err != nil && !signed.IsZero() {
			t.Errorf("%s: %v, %v", name, signed, err)
		}
		h.Add(HeaderTime, tt.time)
		if _, err := verify(secret, h, body, now); !errors.Is(err, errSignature) {
			t.Errorf("%s twice: %v", name, err)
		}
	}
}
