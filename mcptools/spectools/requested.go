package spectools

import (
	"context"
	"errors"
	"net/http"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/infer/headers"
)

// Requested is a request of another program, as a call of the tool of its operation.
type Requested struct {
	Tool string
	guard.Named
	Form // its tool and security alone
	set  *Set
	op   *operation
}

// Requested returns the call that a request of another program is. Its operation is identified as
// for [Set.Arguments]. ok is false if the set has no such operation, and why says then why it was
// left out. err says why the arguments cannot be read, which are none then.
func (s *Set) Requested(ctx context.Context, method, template string, path map[string]string, r *flow.Request) (c Requested, ok bool, err error) {
	if c.set, c.op = s, s.find(method, template); c.op == nil {
		return c, false, errors.New(s.leftOut(ctx, func(k Skip) bool { return k.Method == method && k.Path == template }))
	}
	c.Form, c.Tool = Form{Tool: c.op.toolName, Security: c.op.security}, c.op.toolName
	args, err := c.op.arguments(path, r)
	c.Named = s.namedCall(ctx, c.op, args)
	return c, true, err
}

// Reads reports whether the document shows that each request of the operation only reads.
func (c *Requested) Reads() bool { return c.op.reads || c.op.queries && !c.op.graphQL }

// Credentials returns the credentials of the set for the request.
func (c *Requested) Credentials(ctx context.Context) ([]egress.Credential, error) {
	if c.op.origin != c.set.origin {
		return nil, nil
	}
	all, err := c.set.best(ctx, c.op, c.set.secret)
	return forEgress(all), err
}

// Session returns the cookies and tokens of the session that the request is sent with, if
// [Options.SignIn] names an operation. It signs in if that is needed: call it for a request that
// was decided on.
func (c *Requested) Session(ctx context.Context) ([]egress.Credential, error) {
	if c.set.session == nil || c.op.origin != c.set.origin {
		return nil, nil
	}
	all, err := c.set.session.credentials(ctx, c.op)
	return forEgress(all), err
}

// Observe keeps what an answer says of the session, which ends if the API does not accept it, and
// removes the session's cookies from the answer.
func (c *Requested) Observe(ctx context.Context, resp *http.Response) {
	all := c.set.session
	if all == nil {
		return
	}
	if all.observe(ctx, resp, nil); resp.StatusCode == http.StatusUnauthorized {
		all.forget(ctx)
	}
	cookies := resp.Cookies()
	resp.Header.Del("Set-Cookie")
	for _, k := range cookies {
		if _, carries := all.of(ctx).carries[k.Name]; !carries && !headers.IsSessionCookie(k.Name) {
			resp.Header.Add("Set-Cookie", k.Raw)
		}
	}
}

// Standing returns what approvals of the request are bound to: see [guard.Preview.Secrets].
func (c *Requested) Standing(ctx context.Context) ([]guard.Secret, error) {
	return c.set.standing(ctx, c.op)
}
