package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Clients without cookies have their session between the segments of each path.

// findPathParameter finds a value that looks generated in a parameter of a path, whose name starts
// at i and says nothing by itself: /cgi-bin/;stok=k3Jd92LqPz7x4sQ8/admin.
func findPathParameter(s string, i, k int) (Span, bool) {
	end := lex.IndexFrom(s[:min(len(s), k+maxParameter)], k, linkEnds+"/;?#&")
	if end-k == maxParameter || !LooksGenerated(lex.Unescape(s[k:end])) {
		return Span{}, false
	}
	before := s[max(0, i-2*names.MaxLen):i]
	before = before[strings.LastIndexAny(before, linkEnds)+1:]
	isPath := strings.HasPrefix(before, "/") || strings.Contains(before, "://")
	return Span{Start: k, End: end}, isPath && strings.IndexByte(before, '?') < 0
}

// findPathSession finds a session in brackets in a segment of a path, after the letter s[i:j] that
// tells what it is: /(S(lit3py55t21z5v55vlm25s55))/orders, /(A(…)S(…))/orders.
func findPathSession(s string, i, j int) (Span, bool) {
	if j-i != 1 || i < 2 || !ascii.IsUpper(s[i]) || s[i-1] != ')' && s[i-2:i] != "/(" {
		return Span{}, false
	}
	end := j + 1
	for end < len(s) && end-j <= maxParameter && (ascii.IsAlnum(s[end]) || s[end] == '-' || s[end] == '_') {
		end++
	}
	rest := s[end:]
	isClosed := strings.HasPrefix(rest, "))") || len(rest) > 2 && rest[0] == ')' && ascii.IsUpper(rest[1]) && rest[2] == '('
	return Span{Start: j + 1, End: end}, isClosed && LooksGenerated(s[j+1:end])
}
