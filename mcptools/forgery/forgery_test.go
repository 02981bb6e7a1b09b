package forgery

import (
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestOf reads what frameworks answer to requests without their token, or from another site, and
// answers with the same words and another meaning.
func TestOf(t *testing.T) {
	for _, x := range []struct {
		name   string
		status int
		words  string
		header flow.Header
		body   string
		want   Reason
	}{
		{"Django", 403, "Forbidden", nil, `<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body><h1>Forbidden <span>(403)</span></h1><p>CSRF verification failed. Request aborted.</p>`, Token},
		{"Django REST framework", 403, "", nil, `{"detail":"CSRF Failed: CSRF token from the 'X-Csrftoken' HTTP header incorrect."}`, Token},
		{"Rails, in development", 422, "", nil, `{"status":422,"error":"Unprocessable Entity","exception":"#\u003cActionController::InvalidAuthenticityToken: Can't verify CSRF token authenticity.\u003e"}`, Token},
		{"Spring", 403, "", nil, `{"status":403,"error":"Forbidden","message":"Invalid CSRF Token 'null' was found on the request parameter '_csrf' or header 'X-CSRF-TOKEN'."}`, Token},
		{"Laravel", 419, "unknown status", nil, `<title>Page Expired</title>`, Token},
		{"Laravel, JSON", 419, "", nil, `{"message":"CSRF token mismatch."}`, Token},
		{"Tornado", 403, "'_xsrf' argument missing from POST", nil, ``, Token},
		{"Jupyter", 403, "", nil, `{"message": "'_xsrf' argument missing from POST", "reason": null}`, Token},
		{"Express", 403, "", nil, `ForbiddenError: invalid csrf token`, Token},
		{"Flask-WTF", 400, "", nil, `<title>400 Bad Request</title><h1>Bad Request</h1><p>The CSRF token is missing.</p>`, Token},
		{"ASP.NET", 400, "", nil, `The required anti-forgery cookie "__RequestVerificationToken" is not present.`, Token},
		{"SAP", 403, "", flow.Header{{Name: "X-Csrf-Token", Value: "Required"}}, ``, Token},
		{"Jupyter, another origin", 403, "", nil, `{"message": "Blocking Cross Origin API request for /api/contents. Origin: https://a.example, Host: b.example"}`, Origin},
		{"Go", 403, "", nil, "cross-origin request detected, and/or browser is out of date: Sec-Fetch-Site is missing, and Origin does not match Host\n", Origin},
		{"SvelteKit", 403, "", nil, `Cross-site POST form submissions are forbidden`, Origin},
		{"Better Auth", 403, "", nil, `{"code":"INVALID_ORIGIN","message":"Invalid origin"}`, Origin},
		{"Django, another origin", 403, "", nil, `{"detail":"CSRF Failed: Origin checking failed - https://a.example does not match any trusted origins."}`, Origin},

		{"may not", 403, "Forbidden", nil, `{"message":"You may not delete this repository."}`, None},
		{"a page with its token", 403, "", nil, `<html><head><meta name="csrf-token" content="abc"><script>var csrf = "token"</script></head><body>No access</body>`, None},
		{"a form, again", 422, "", nil, `<form><input type="hidden" name="authenticity_token" value="abc"><p>Title can't be blank</p></form>`, None},
		{"a new token", 403, "", nil, `{"error":"not yours","csrf_token":"8f14e45fceea167a"}`, None},
		{"an argument", 422, "", nil, `{"detail":[{"loc":["body","title"],"msg":"too long","input":"On XSRF"}]}`, None},
		{"a field", 400, "", nil, `{"errors":{"origin":"origin is missing"}}`, None},
		{"another status", 404, "", nil, `no page on CSRF tokens`, None},
	} {
		if got := Of(x.status, x.words, x.header, flow.Body{Data: []byte(x.body)}); got != x.want {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
}
