package redact_test

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestHeaders(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte("alice:opensesame"))
	for _, tt := range []struct{ name, value, secret, keeps string }{
		{"Authorization", "Bearer abc", "abc", "Bearer [redacted:"},
		{"authorization", "bearer   abc", "abc", "bearer   [redacted:"},
		{"Authorization", "Basic " + basic, basic, "Basic alice:[redacted:"},
		{"Authorization", "hunter2", "hunter2", "[redacted:"},
		{"Authorization", "original token", "original", "[redacted:"},
		{"Authorization", `Digest username="u", response="6629fae49393a05397450978507c4ef1"`, "6629fae",
			"Digest [redacted:"},
		{"Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/x, Signature=fe5f80", "fe5f80",
			"AWS4-HMAC-SHA256 [redacted:"},
		{"Proxy-Authorization", "Basic " + basic, basic, "Basic alice:[redacted:"},
		{"Cookie", "sid=s3cr3t; theme=dark", "s3cr3t", "sid=[redacted:"},
		{"Cookie", "sid=s3cr3t; theme=dark", "dark", "theme=[redacted:"},
		{"Cookie", "barevalue", "barevalue", "[redacted:"},
		{"Set-Cookie", "sid=s3cr3t; Path=/; HttpOnly", "s3cr3t", "; Path=/; HttpOnly"},
		{"X-Api-Key", "k1", "k1", "[redacted:"},
		{"DD-APPLICATION-KEY", "k1", "k1", "[redacted:"},
		{"Ocp-Apim-Subscription-Key", "k1", "k1", "[redacted:"},
		{"X-Partner-Key", "4qW8zTn2LxPb7RkV", "4qW8", "[redacted:"},
		{"PRIVATE-TOKEN", "abcd", "abcd", "[redacted:"},
		{"X-CSRF-Token", "abcd", "abcd", "[redacted:"},
		{"X-Amz-Security-Token", "abcd", "abcd", "[redacted:"},
		{"X-Vault-Token", "abcd", "abcd", "[redacted:"},
		{"Location", "https://u:pw1@example.com/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz", "SplxlOBeZQQYbYS6WxSbIA",
			"&state=[redacted:"},
		{"Location", "https://u:pw1@example.com/cb?code=1", "pw1", "@example.com/cb?code=1"},
		{"Location", "https://example.com/cb#access_token=abc&token_type=bearer", "abc", "&token_type=bearer"},
		{"X-Custom", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", "dozjg",
			"[redacted:jwt:"},
		{"X-User", "joe@example.com", "joe@", "[redacted:email:"},
		{"X-Meta", `{"password":"hunter2","a":1}`, "hunter2", `"a":1}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := red.HeaderValue(tt.name, tt.value)
			if strings.Contains(got, tt.secret) || !strings.Contains(got, tt.keeps) {
				t.Errorf("%s: %s\ngot %s", tt.name, tt.value, got)
			}
			if again := red.HeaderValue(tt.name, got); again != got {
				t.Errorf("%s: not idempotent: %s, then %s", tt.name, got, again)
			}
		})
	}
}

func TestHeadersKept(t *testing.T) {
	for _, tt := range [][2]string{
		{"ETag", `W/"e2b462e6fe85486beb06033fe196d7c7b7669a96ddbb8f411b91f56288b31b3b"`},
		{"Content-Type", "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"},
		{"Idempotency-Key", "1795158443931649800_ac0khg"},
		{"X-Request-Id", "8f14e45fceea167a5a36dedd4bea2543"},
		{"X-GitHub-Request-Id", "BDE4:73C9:BF78362:C1A2B3:5E52FFB7"},
		{"Date", "Fri, 20 Nov 2026 07:12:39 GMT"},
		{"Vary", "Accept, Authorization, Cookie, X-GitHub-OTP"},
		{"Access-Control-Allow-Headers", "Authorization, X-Api-Key"},
		{"WWW-Authenticate", `Bearer realm="api", error="invalid_token"`},
		{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"},
		{"Content-Security-Policy", "script-src 'sha256-B2yPHKaXnvFWtRChIbabYmUBFZdVfKKXHbWtWidDVF8='"},
		{"Surrogate-Key", "post-17 author-3 front-page"},
		{"X-Cache-Key", "/v1/users?page=2"},
		{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
		{"Location", "https://example.com/users/17?page=2&per_page=30"},
		{"Link", `<https://api.example.com/repositories/1296269/issues?page=2>; rel="next"`},
		{"X-RateLimit-Reset", "1795158443"},
		{"Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
		{"Cookie", ""},
	} {
		t.Run(tt[0], func(t *testing.T) {
			if got := red.HeaderValue(tt[0], tt[1]); got != tt[1] {
				t.Errorf("%s: %s\ngot %s", tt[0], tt[1], got)
			}
		})
	}
}

func TestQuery(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"a=1&b=&c&a=%20x", "a=1&b=&c&a=%20x"},
		{"page_token=CAoQAA&next_token=abc123&cursor=Y3Vyc29yOnYyOpK5",
			"page_token=CAoQAA&next_token=abc123&cursor=Y3Vyc29yOnYyOpK5"},
		{"access_token=T", "access_token=[redacted:secret:*]"},
		{"a=1&user%5Bpassword%5D=hunter2&b=2", "a=1&user%5Bpassword%5D=[redacted:secret:*]&b=2"},
		{"email=joe%40example.com", "email=[redacted:email:*]"},
		{"X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024",
			"X-Amz-Signature=[redacted:secret:*]"},
		{"next=https%3A%2F%2Fu%3Ap%40h.example%2F", "next=https://u:[redacted:secret:*]@h.example/"},
		{"filter=%7B%22password%22%3A%22x%22%7D", "filter={\"password\":\"[redacted:secret:*]\"}"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			got := red.Query(tt.in)
			if stars(got) != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.want)
			}
			if again := red.Query(got); again != got {
				t.Errorf("not idempotent: %s, then %s", got, again)
			}
		})
	}
}

func TestPath(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"/", "/"},
		{"/users/17/orders/550e8400-e29b-41d4-a716-446655440000", ""},
		{"/repos/a/b/git/commits/6dcb09b5b57875f334f61aebed695e2e4193db5e", ""},
		{"/v1/customers/cus_gaKjIg8xNbe3nN/sources/card_17C9HehwTp0136uXT3yKW5ds", ""},
		{"/v1/tokens/count", ""},
		{"/v1/issuing/authorizations/iauth_1FJdED5jSFpFkIM3Vak1uDSK/approve", ""},
		{"/v1/tokens/tok_1PgafyB7WZ01zgkWSjxsAJo3", ""},
		{"/v1/promotion_codes/promo_2oumQ5geJ6xZGW", ""},
		{"/users/joe%40example.com/x", "/users/[redacted:email:*]/x"},
		{"/reset-password/Zm9vYmFy1234xyzABCD", "/reset-password/[redacted:secret:*]"},
		{"/bot123456:x/hooks/ghp_16C7e42F292c6912E7710c838347Ae178B4a", "/bot123456:x/hooks/[redacted:token:*]"},
		{"/d/aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD", "/d/[redacted:secret:*]"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			if tt.want == "" {
				tt.want = tt.in
			}
			got := red.Path(tt.in)
			if stars(got) != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.want)
			}
			if again := red.Path(got); again != got {
				t.Errorf("not idempotent: %s, then %s", got, again)
			}
		})
	}
}
