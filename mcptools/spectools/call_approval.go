package spectools

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// RuleFlag is the rule of approvals that [Options.RequireApproval] asks for.
const RuleFlag = "--require-approval"

// approval returns the approval that the options require of a call, nil if they require none. A
// request that a server may handle as another method needs the approval of each.
func (s *Set) approval(op *operation, methods guard.Methods) *policy.Approval {
	if p := s.o.RequireApproval; p == nil || !p.RequiresConsentOf(op.toolName, op.Method, methods) {
		return nil
	}
	return &policy.Approval{Rule: RuleFlag, Approvers: 1}
}

// approvalServer returns what people call the API in approvals: the origin of the operation.
func (s *Set) approvalServer(op *operation) string { return originOf(op.BaseURL) }

// requestOf returns a request as people see it who approve it. It has no credentials: those are
// added when it is sent.
func requestOf(c egress.Call, methods guard.Methods) *approval.Request {
	r := &approval.Request{Method: c.Method, URL: c.URL.String(), Size: len(c.Body)}
	coding := ""
	for _, h := range c.Header {
		if strings.EqualFold(h.Name, serialize.ContentEncoding) {
			coding = h.Value
		}
		r.Header = append(r.Header, h.Name+": "+h.Value)
	}
	for _, p := range c.Cookies {
		r.Header = append(r.Header, "Cookie: "+p.Name+"="+p.Value)
	}
	if len(methods) > 1 {
		r.MayBe = otherMethods(methods)
	}
	if len(c.Body) > 0 {
		sum := sha256.Sum256(c.Body)
		r.Hash = hex.EncodeToString(sum[:])
		r.Body = bodyText(serialize.DecodeContent(c.Body, coding))
	}
	return r
}

// bodyText returns a body that is text, else a description of it.
func bodyText(body []byte) string {
	if guard.IsText(body) {
		return string(body)
	}
	return strings.TrimPrefix(guard.DescribeBody(body, approval.MaxArguments), ": ")
}
