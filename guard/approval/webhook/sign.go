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

// The directions of messages. A signature is valid in one, so that a message that was sent to a
// webhook is no answer.
const (
	toWebhook   = "request"
	fromWebhook = "answer"
)

// errSignature does not say what is wrong: whoever cannot sign learns nothing.
var errSignature = errors.New("the signature is not valid")

// signature returns the signature of a body: the HMAC-SHA-256 of
// "v1:DIRECTION:TIMESTAMP:BODY".
func signature(secret []byte, direction, timestamp string, body []byte) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("v1:" + direction + ":" + timestamp + ":"))
	m.Write(body)
	return "v1=" + hex.EncodeToString(m.Sum(nil))
}

// verify returns when an answer was signed. A time that is out of the window is an error, as is a
// header that occurs twice.
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
