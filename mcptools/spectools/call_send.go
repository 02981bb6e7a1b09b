package spectools

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// send sends a request that was decided on, with credentials, and reports the answer. Requests of
// calls leave from nowhere else.
func (s *Set) send(
	ctx context.Context, op *operation, args *orderedjson.Object, request egress.Call, rec guard.Record,
) *mcp.CallToolResult {
	rec.Event, rec.Decision, rec.Confirmed, rec.Reason = "outcome", "", "", ""
	credentials, err := s.credentials(ctx, op)
	if err != nil {
		rec.Error = "no credentials: their source failed"
		_ = s.writeAudit(&rec)
		return failure(codeAuthentication, "the credentials are not available",
			errorDetails{Reason: "the server's configuration does not supply them"},
			"Ask the user to check the credentials that this server was started with. Nothing was sent.")
	}
	request = withAccept(op, request)
	a, failed := s.exchange(ctx, op, request, forEgress(credentials), &rec)
	if failed == nil && a.resp.StatusCode == http.StatusUnauthorized {
		// A cached token may have been revoked. A read is sent again with a new one; a write is
		// never sent twice.
		if renewed, ok := s.renewCredentials(ctx, op, credentials); ok && isRead(op, request) {
			credentials = renewed
			a, failed = s.exchange(ctx, op, request, forEgress(renewed), &rec)
		} else if ok {
			return s.report(ctx, sentCall{op, args, rec.Principal, credentials}, &a, "The server has got new credentials meanwhile: call again.")
		}
	}
	if failed != nil {
		return failed
	}
	return s.report(ctx, sentCall{op, args, rec.Principal, credentials}, &a)
}

// exchange sends one request and reads its answer, from which it removes the credentials. Instead
// of an answer it returns a result that says why there is none.
func (s *Set) exchange(
	ctx context.Context, op *operation, request egress.Call, credentials []egress.Credential, rec *guard.Record,
) (answer, *mcp.CallToolResult) {
	request.Credentials = credentials
	resp, err := s.client.Do(ctx, request)
	if err != nil {
		rec.Error = networkReason(err)
		_ = s.writeAudit(rec)
		return answer{}, failure(codeNetwork, "the API could not be reached: "+rec.Error,
			errorDetails{Reason: rec.Error}, networkAdvice(op, err)...)
	}
	data, truncated, err := egress.ReadBody(resp)
	rec.Status = resp.StatusCode
	if err != nil {
		rec.Error = "the answer broke off"
		truncated = true
	}
	if truncated {
		data = trimUTF8(data)
	}
	_ = s.writeAudit(rec)
	for name, values := range resp.Header {
		for i, v := range values {
			resp.Header[name][i] = string(credential.Redact([]byte(v), credentials))
		}
	}
	h, body := decode.Where(flow.HeaderOf(resp.Header), flow.Body{Data: data, Truncated: truncated}, egress.DefaultMaxBody,
		func(data []byte) bool { return !bytes.Equal(credential.Redact(data, credentials), data) })
	if body.Size > 0 { // decoded
		resp.Header.Del("Content-Encoding")
		resp.Header.Set("Content-Type", h.Get("Content-Type"))
	}
	return answer{resp: resp, data: credential.Redact(body.Data, credentials), truncated: body.Truncated}, nil
}

// networkReason says why no answer came. It contains no internal addresses and no values of the
// call, because the agent must not learn which internal hosts exist.
func networkReason(err error) string {
	var timeout interface{ Timeout() bool }
	var name *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, egress.ErrAddress):
		return "it is not allowed: the API's address is not a public one"
	case errors.Is(err, egress.ErrOrigin), errors.Is(err, egress.ErrHeader), errors.Is(err, egress.ErrMethod):
		return "it is not allowed: " + sanitize.Line(err.Error(), 200)
	case errors.Is(err, context.Canceled):
		return "the call was cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.As(err, &name):
		return "its name could not be looked up"
	case errors.As(err, &op) && op.Err != nil:
		return sanitize.Line(op.Op+": "+op.Err.Error(), 200)
	}
	return sanitize.Line(err.Error(), 200)
}

func networkAdvice(op *operation, err error) []string {
	if errors.Is(err, egress.ErrAddress) {
		return []string{"The API's address is a private one. " +
			"If that is intended, the user can name it with --base-url or start the server with --allow-private."}
	}
	out := []string{"Ask the user whether the API is reachable from here."}
	if !guard.IsSafe(op.Method) {
		out = append(out, "The request may have arrived: check before calling again.")
	}
	return out
}
