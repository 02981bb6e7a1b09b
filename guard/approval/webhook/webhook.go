// Package webhook posts held calls to a webhook and accepts its answers.
//
// A [Hook] posts each held call once, signed, with a bounded number of attempts. The message suits
// Slack and other programs; secrets are redacted. [Hook.Answer] accepts an answer that is signed
// with the same secret, as the response to the post or as a request to a [Handler]. The signatures
// cover a time and the direction, so that neither message can be replayed, and an answer names the
// digest of the call that was shown. A failure never approves a call.
//
// Read webhook.go first, then sign.go and handler.go.
package webhook

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/internal/address"
	"github.com/spectap/spectap/internal/visible"
)

// The bounds of messages.
const (
	minSecret   = 16       // bytes
	maxAnswer   = 64 << 10 // bytes
	maxName     = 128      // characters of the name of an approver
	maxAnswerID = 200      // bytes
	pollTime    = 300 * time.Millisecond
)

// Config says where held calls are posted.
type Config struct {
	// URL receives the posts. With "", nothing is posted and only answers are accepted. It must be
	// https or a loopback URL.
	URL string
	// Secret signs in both directions, at least 16 bytes.
	Secret []byte
	// Book has the calls. Required.
	Book *approval.Book
	// Redactor redacts the posts. Required with URL.
	Redactor *redact.Redactor
	// Egress bounds the posts; [New] sets its origins. The zero value has the defaults.
	Egress egress.Config
	// Log gets a line for each post that fails, without the URL, which may be a secret. Nil
	// discards.
	Log *slog.Logger
	// Now returns the time; nil means time.Now.
	Now func() time.Time
}

// Hook posts held calls and accepts answers. It is safe for concurrent use.
type Hook struct {
	c      Config
	url    *url.URL
	client *egress.Client
}

// New returns a hook. The caller closes it.
func New(c Config) (*Hook, error) {
	if len(c.Secret) < minSecret {
		return nil, fmt.Errorf("the secret of the webhook has %d bytes, and needs %d", len(c.Secret), minSecret)
	}
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Now == nil {
		c.Now = time.Now
	}
	h := &Hook{c: c}
	if c.URL == "" {
		return h, nil
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, errors.New("the webhook is not a URL")
	}
	if _, err := egress.Origin(u); err != nil {
		return nil, fmt.Errorf("the webhook: %w", err)
	}
	if u.Scheme != "https" && !address.IsLoopback(u.Hostname()) {
		return nil, errors.New("the webhook must be https: others could read what calls send, and approve them")
	}
	if t := c.Egress.Timeout; t <= 0 || t > approval.PostTimeout { // after which another process takes a post over
		c.Egress.Timeout = approval.PostTimeout
	}
	c.Egress.Named = []string{u.Scheme + "://" + u.Host}
	h.url = u
	h.client, err = egress.New(c.Egress)
	return h, err
}

// Close closes idle connections.
func (h *Hook) Close() {
	if h.client != nil {
		h.client.Close()
	}
}

// Run posts the waiting calls until ctx ends. Processes that share a book post each call once
// between them; the others take over the calls of a killed process.
func (h *Hook) Run(ctx context.Context) {
	if h.url == nil {
		return
	}
	tick := time.NewTicker(pollTime)
	defer tick.Stop()
	for {
		for h.postNext(ctx) {
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// postNext posts a call that is due. It reports false if no call is due.
func (h *Hook) postNext(ctx context.Context) bool {
	held, ok, err := h.c.Book.NextPost(h.c.Now())
	if err != nil || !ok || ctx.Err() != nil {
		if err != nil {
			h.c.Log.Warn("the approvals cannot be read, so the webhook is not told", "error", err)
		}
		return false
	}
	failed := h.post(ctx, &held)
	if failed != nil {
		h.c.Log.Warn("the webhook was not told of a held call", "id", held.ID, "attempt", held.Post.Attempts, "of", approval.MaxPosts, "error", failed)
	}
	if err := h.c.Book.Posted(held.ID, failed == nil, h.c.Now()); err != nil {
		h.c.Log.Warn("what the webhook was told is not noted", "id", held.ID, "error", err)
	}
	return true
}

// post posts one call. A signed response is an answer.
func (h *Hook) post(ctx context.Context, held *approval.Held) error {
	body, err := json.Marshal(messageOf(held, h.c.Redactor))
	if err != nil {
		return err
	}
	now := strconv.FormatInt(h.c.Now().Unix(), 10)
	resp, err := h.client.Do(ctx, egress.Call{Method: http.MethodPost, URL: h.url, Once: true, Body: body, Header: []egress.Pair{
		{Name: "Content-Type", Value: "application/json"}, {Name: HeaderTime, Value: now},
		{Name: HeaderSignature, Value: signature(h.c.Secret, toWebhook, now, body)},
	}})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("read the response: %w", err)
	case resp.StatusCode/100 != 2:
		return fmt.Errorf("it answered with status %d", resp.StatusCode)
	case len(resp.Header.Values(HeaderSignature)) == 0:
		return nil // delivered; the answer comes later
	}
	if _, err := h.Answer(resp.Header, answer); err != nil {
		h.c.Log.Warn("the response of the webhook is no answer", "id", held.ID, "error", err)
	}
	return nil
}

// answer is a webhook's answer.
type answer struct {
	Answer   string `json:"answer"` // an id that no other answer has
	ID       string `json:"id"`     // of the held call
	Digest   string `json:"digest"` // of the held call, as it was shown
	Decision string `json:"decision"`
	Approver string `json:"approver"`
	Note     string `json:"note,omitempty"`
}

// errAnswer reports an incomplete or malformed answer.
var errAnswer = errors.New("the answer must have answer (an id of its own), id, digest, decision (approve or deny) and approver")

// Answer accepts an answer with its headers. It returns the held call in its new state.
func (h *Hook) Answer(header http.Header, body []byte) (approval.Held, error) {
	if len(body) > maxAnswer {
		return approval.Held{}, fmt.Errorf("the answer is larger than %d bytes", maxAnswer)
	}
	now := h.c.Now()
	signed, err := verify(h.c.Secret, header, body, now)
	if err != nil {
		return approval.Held{}, err
	}
	var a answer
	// Names must match exactly and must not repeat, so that signer and receiver read the same
	// decision.
	if err := jsonv2.Unmarshal(body, &a, jsonv2.RejectUnknownMembers(true)); err != nil {
		return approval.Held{}, errAnswer
	}
	switch {
	case a.Answer == "" || len(a.Answer) > maxAnswerID || a.ID == "" || a.Digest == "" || a.Decision != "approve" && a.Decision != "deny":
		return approval.Held{}, errAnswer
	case !isName(a.Approver):
		return approval.Held{}, fmt.Errorf("the approver must be a name of 1 to %d characters that show", maxName)
	}
	return h.c.Book.DecideSigned(a.ID, a.Digest, approval.Decision{
		By: approval.WebhookUser(a.Approver), Approve: a.Decision == "approve", Channel: approval.Webhook, Note: a.Note,
	}, approval.Answer{ID: a.Answer, Signed: signed}, now)
}

// isName reports whether a text can name a person: it has no invisible characters and no separators
// of a name's parts.
func isName(s string) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxName && visible.Line(s) == s &&
		strings.TrimSpace(s) == s && !strings.ContainsAny(s, ":,()")
}
