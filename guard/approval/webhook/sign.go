package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/guard/approval"
)

// The headers of a signed message.
const (
	HeaderTime      = "X-Spectap-Timestamp" // seconds since 1970
	HeaderSignature = "X-Spectap-Signature" // "v1=" and HMAC-SHA-256 in hex
)

// The directions of messages. A signature is valid in one direction only, so that a message to a
// webhook cannot be replayed as an answer.
const (
	toWebhook   = "request"
	fromWebhook = "answer"
)

// errSignature does not reveal which check failed.
var errSignature = errors.New("the signature is not valid")

// signature returns the signature of a body: the HMAC-SHA-256 of
// "v1:DIRECTION:TIMESTAMP:BODY".
func signature(secret []byte, direction, timestamp string, body []byte) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("v1:" + direction + ":" + timestamp + ":"))
	m.Write(body)
	return "v1=" + hex.EncodeToString(m.Sum(nil))
}

// verify returns the time at which an answer was signed. A time outside the window and a repeated
// header are errors.
func verify(secret []byte, h http.Header, body []byte, now time.Time) (time.Time, error) {
	times, signatures := h.Values(HeaderTime), h.Values(HeaderSignature)
	if len(times) != 1 || len(signatures) != 1 {
		return time.Time{}, errSignature
	}
	want := signature(secret, fromWebhook, times[0], body)
	if !hmac.Equal([]byte(want), []byte(signatures[0])) {
		return time.Time{}, errSignature
	}
	seconds, err := strconv.ParseInt(times[0], 10, 64)
	if err != nil || strings.TrimLeft(times[0], "0123456789") != "" {
		return time.Time{}, errSignature
	}
	signed := time.Unix(seconds, 0)
	if d := now.Sub(signed); d > approval.AnswerWindow || d < -approval.AnswerWindow {
		return time.Time{}, approval.ErrLate
	}
	return signed, nil
}
