package spectools

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/mcptools/forgery"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi/router"
)

// explained is what an error answer means for the caller, and what to do.
type explained struct {
	code, reason string
	advice       []string
}

// forged returns why the app took the request for a forged one.
func (a *answer) forged() forgery.Reason {
	return forgery.Of(a.resp.StatusCode, a.resp.Status, flow.HeaderOf(a.resp.Header), flow.Body{Data: a.data})
}

// explain explains an error answer.
func (s *Set) explain(ctx context.Context, c sentCall, a *answer) explained {
	op, status := c.op, a.resp.StatusCode
	forged := a.forged()
	switch {
	case status == http.StatusUnauthorized, status == 403 && forged == forgery.None && len(c.credentials) == 0 && op.requiresCredentials():
		reason, advice := s.unauthorized(ctx, op, c.credentials)
		return explained{codeAuthentication, reason, advice}
	case forged != forgery.None:
		return explained{codeAuthorization, string(forged), s.unforged(ctx, c, forged)}
	case status == 403:
		return explained{codeAuthorization, "the credentials do not allow this", []string{
			"Ask the user whether this account may do that; another call with the same credentials will be refused too.",
		}}
	case status == 404 || status == 410:
		return explained{codeNotFound, "it does not exist", []string{s.whereIDs(ctx, op)}}
	case status == 409 || status == 412 || status == 428:
		return explained{codeValidation, "it conflicts with the current state", []string{s.readAgain(ctx, op)}}
	case status == 429:
		return explained{codeServer, "too many calls", []string{waitAdvice(a.resp.Header, time.Now())}}
	case status >= 500:
		advice := []string{"Try again later. If the call changes something, first check whether it took effect."}
		if status == 503 && a.resp.Header.Get("Retry-After") != "" {
			advice = append(advice, waitAdvice(a.resp.Header, time.Now()))
		}
		return explained{codeServer, "the API failed", advice}
	}
	return explained{codeValidation, "the API did not accept the request", []string{
		"Read details.response for what the API says, correct the arguments and call again.",
	}}
}

// unforged says how a call gets what an app demands against forged requests.
func (s *Set) unforged(ctx context.Context, c sentCall, forged forgery.Reason) (advice []string) {
	if s.session != nil {
		return []string{"The server sent the token of its session, and Origin: " + sanitize.Line(c.op.origin, 200) + ". Ask the user whether --sign-in names " +
			"the operation with which the app's own pages sign in, and --base-url the app as a browser shows it."}
	}
	names := propertyNames(c.op.schema, serialize.BodyArgument)
	for _, p := range c.op.Parameters {
		names = append(names, p.Argument)
	}
	if names = slices.DeleteFunc(names, func(n string) bool { return !headers.IsAntiForgery(n) }); len(names) > 0 && forged == forgery.Token {
		advice = append(advice, "Give the token of the session in "+strings.Join(names, " and ")+", if you have one.")
	}
	advice = append(advice, "Ask the user to start this server with --sign-in OPERATION, which begins a session and sends the app's token and origin; "+
		"spectap serve --help describes it.")
	if len(c.credentials) == 0 { // many apps demand no token of requests with credentials in a header
		advice = append(advice, s.missing(ctx, c.op)...)
	}
	return advice
}

// neighbour returns the operation with a method and the shape of a path. It returns nil if there is
// none that the caller may use.
func (s *Set) neighbour(ctx context.Context, method, shape string) *operation {
	for _, op := range s.ops {
		if op.Method == method && router.TemplateShape(op.Path) == shape && s.lists(ctx, op) && s.quarantine(op) == "" {
			return op
		}
	}
	return nil
}

// whereIDs says which operations list the identifiers in the path of an operation: GET /pets those
// of GET /pets/{id}.
func (s *Set) whereIDs(ctx context.Context, op *operation) string {
	shape := router.TemplateShape(op.Path)
	var lists []string
	for at := 0; ; {
		i := strings.Index(shape[at:], "/{}")
		if i < 0 {
			break
		}
		if list := s.neighbour(ctx, http.MethodGet, shape[:at+i]); list != nil {
			lists = append(lists, list.toolName)
		}
		at += i + len("/{}")
	}
	switch {
	case len(lists) > 0:
		return "Check the identifiers in the arguments: get them from " + strings.Join(lists, " and ") + "."
	case s.search != nil && calledTool(ctx) != "":
		return "Check the identifiers in the arguments; find an operation that lists them with " + s.o.Prefix + toolSearch + "."
	}
	return "Check the identifiers in the arguments; list or search first if there is a tool for it."
}

// readAgain says how to get the state that an operation conflicts with.
func (s *Set) readAgain(ctx context.Context, op *operation) string {
	read, etag := "Read the current state", ""
	if get := s.neighbour(ctx, http.MethodGet, router.TemplateShape(op.Path)); get != nil && get != op {
		read += " with " + get.toolName
	}
	if p := op.ifMatch(); p != nil {
		etag = ", with metadata.etag of that answer as " + p.Argument
	}
	return read + ", and repeat the call with what has changed" + etag + "."
}

// ifMatch returns the parameter that limits a call to one state of a resource (RFC 9110, section
// 13.1.1), or nil.
func (op *operation) ifMatch() *serialize.Parameter {
	for _, p := range op.Parameters {
		if p.In == "header" && strings.EqualFold(p.Name, "If-Match") {
			return p
		}
	}
	return nil
}

// waitAdvice says when to call again: by Retry-After, in seconds or as a date (RFC 9110, section
// 10.2.3), or by the time at which many APIs reset a limit, in seconds from now or since 1970.
func waitAdvice(h http.Header, now time.Time) string {
	after := h.Get("Retry-After")
	for _, name := range []string{"RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"} {
		after = cmp.Or(after, h.Get(name))
	}
	at, err := http.ParseTime(after)
	if n, notNumber := strconv.ParseFloat(after, 64); notNumber == nil && n >= 0 && n < 1e10 {
		if at, err = now.Add(time.Duration(n*1000)*time.Millisecond), nil; n > 1e9 {
			at = time.Unix(int64(n), 0)
		}
	}
	switch {
	case after == "":
		return "Wait before calling again."
	case err != nil:
		return "Wait before calling again; the API says when: " + sanitize.Line(after, 100) + "."
	}
	return fmt.Sprintf("Call again in %.0f seconds, at %s.", max(at.Sub(now).Seconds(), 1), at.UTC().Format(time.RFC3339))
}
