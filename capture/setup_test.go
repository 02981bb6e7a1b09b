package capture

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// der stands for a certificate, which the page never parses.
var der = []byte("not a certificate, but bytes")

func get(t *testing.T, c setupPage, method, path, agent string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, nil)
	r.Header.Set("User-Agent", agent)
	w := httptest.NewRecorder()
	serveSetup(w, r, c)
	return w.Result()
}

func text(t *testing.T, resp *http.Response) string {
	t.Helper()
	b := must(io.ReadAll(resp.Body))
	return string(b)
}

var withCA = setupPage{CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), Addr: "127.0.0.1:8080", Remote: []string{"192.168.1.5:8080"}}

// TestVisitor checks that the steps of the visitor's system are open, and those of others folded.
func TestVisitor(t *testing.T) {
	const mozilla = "Mozilla/5.0 "
	for agent, want := range map[string]string{
		mozilla + "(iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15":          "ios",
		mozilla + "(Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile":      "android",
		mozilla + "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15": "macos",
		mozilla + "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0":            "windows",
		mozilla + "(X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0":                      "linux",
		mozilla + "(X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":               "firefox",
		"curl/8.5.0": "programs", "": "programs",
	} {
		got := text(t, get(t, withCA, "GET", "/", agent))
		open := regexp.MustCompile(`<details open id="(\w+)"`).FindAllStringSubmatch(got, -1)
		if len(open) != 1 || open[0][1] != want {
			t.Errorf("%q: open are %v, want %s", agent, open, want)
		}
		if n := strings.Count(got, "<details"); n != len(systems) {
			t.Errorf("%q: %d systems, want %d", agent, n, len(systems))
		}
	}
}

// TestFiles checks the files of the page, and that nothing on it loads from elsewhere.
func TestFiles(t *testing.T) {
	for path, kind := range map[string]string{
		"/": "text/html; charset=utf-8", "/answer": "text/plain; charset=utf-8", "/style.css": "text/css; charset=utf-8",
		"/script.js": "text/javascript; charset=utf-8", "/qr.svg": "image/svg+xml", "/icon.svg": "image/svg+xml", "/proxy.pac": "application/x-ns-proxy-autoconfig",
		"/ca.pem": "application/x-pem-file", "/ca.der": "application/x-x509-ca-cert", "/ca.crt": "application/x-x509-ca-cert",
		"/ca.mobileconfig": "application/x-apple-aspen-config", "/network_security_config.xml": "application/xml; charset=utf-8",
	} {
		resp := get(t, withCA, "GET", path, "")
		size := fmt.Sprint(len(text(t, resp)))
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != kind || size == "0" || resp.Header.Get("Content-Length") != size {
			t.Errorf("%s: %s, %s bytes, %v", path, resp.Status, size, resp.Header)
		}
		policy := resp.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if got := resp.Header.Get("Cross-Origin-Resource-Policy"); got != "same-origin" {
			t.Errorf("%s: sites may embed it: %q", path, got)
		}
		if got := resp.Header.Get("Referrer-Policy"); got != "no-referrer" {
			t.Errorf("%s: sites learn of it: %q", path, got)
		}
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: another type may be guessed, or it may be kept: %v", path, resp.Header)
		}
	}
	html := text(t, get(t, withCA, "GET", "/", ""))
	for _, m := range regexp.MustCompile(`(?:src|href|action)="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if !strings.HasPrefix(m[1], "/") || strings.HasPrefix(m[1], "//") {
			t.Errorf("the page refers to %s", m[1])
		}
	}
	if regexp.MustCompile(`<script>|style="|onclick|onload`).MatchString(html) {
		t.Error("the page has scripts or styles that the policy refuses")
	}
	sum := sha256.Sum256(der)
	if !strings.Contains(html, hex.EncodeToString(sum[:])) {
		t.Error("no fingerprint")
	}
	for _, tt := range []struct {
		method, path string
		c            setupPage
		want         int
	}{
		{"POST", "/", withCA, 405}, {"GET", "/other", withCA, 404}, {"GET", "/files/page.html", withCA, 404},
		{"GET", "/ca.pem", setupPage{}, 404}, {"GET", "/ca.mobileconfig", setupPage{}, 404}, {"GET", "/qr.svg", setupPage{}, 404}, {"GET", "/", setupPage{}, 200},
	} {
		if got := get(t, tt.c, tt.method, tt.path, "").StatusCode; got != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.path, got, tt.want)
		}
	}
}

// profileIDs finds the identifiers of a profile, which are UUIDs of version 8 (RFC 9562).
var profileIDs = regexp.MustCompile(`[.>][0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}<`)

// TestProfile checks that the profile of Apple is XML with the certificate.
func TestProfile(t *testing.T) {
	data := profile(der)
	d := xml.NewDecoder(bytes.NewReader(data))
	found := false
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if s, ok := tok.(xml.CharData); ok {
			found = found || string(s) == base64.StdEncoding.EncodeToString(der)
		}
	}
	for i := range 20 { // version and variant replace two digits of the hash
		sum := sha256.Sum256([]byte{byte(i)})
		ids := bytes.Join(profileIDs.FindAll(profile([]byte{byte(i)}), -1), nil)
		got := regexp.MustCompile("[^0-9A-F]").ReplaceAllString(string(ids), "")
		for at, half := range [][]byte{sum[:16], sum[:16], sum[16:], sum[16:]} {
			want, got := strings.ToUpper(hex.EncodeToString(half)), got[32*at:]
			if got[:12]+got[13:16]+got[17:32] != want[:12]+want[13:16]+want[17:] {
				t.Errorf("certificate %d: identifier %d is %s, want %s", i, at, got[:32], want)
			}
		}
	}
	ids := profileIDs.FindAll(data, -1)
	if !found || len(ids) != 4 || bytes.Equal(ids[0], ids[2]) || !bytes.Equal(data, profile(der)) {
		t.Errorf("%v, %s", found, ids)
	}
}

// TestPassword checks that the steps name the password where the proxy asks for one, and only there.
func TestPassword(t *testing.T) {
	for _, on := range []bool{false, true} {
		c := withCA
		c.Password = on
		html := text(t, get(t, c, "GET", "/", ""))
		for _, want := range []string{"SPECTAP_PROXY_AUTH</code>, with which", "switch Authentication on", "Android has no field", "HTTP_PROXY=http://USER:PASSWORD@127.0.0.1:8080"} {
			if strings.Contains(html, want) != on {
				t.Errorf("password %v: %q", on, want)
			}
		}
	}
}

// TestAddresses checks that a phone may try each address of the proxy.
func TestAddresses(t *testing.T) {
	c := withCA
	c.Remote = []string{"192.168.1.5:8080", "10.0.0.7:8080", "172.17.0.1:8080"}
	html := text(t, get(t, c, "GET", "/", ""))
	if want := "If that does not open: <code>http://10.0.0.7:8080/</code>, <code>http://172.17.0.1:8080/</code></p>"; !strings.Contains(html, want) {
		t.Errorf("the page has no %q", want)
	}
	if html := text(t, get(t, withCA, "GET", "/", "")); strings.Contains(html, "does not open") {
		t.Error("one address is named as if there were more")
	}
}

// TestAddress checks that an address which a client chose is text on the page.
func TestAddress(t *testing.T) {
	if html := text(t, get(t, setupPage{Addr: `"><script>x</script>`}, "GET", "/", "")); strings.Contains(html, "<script>x") {
		t.Error("the address is markup")
	}
}

// TestAnswer checks that the page can ask whether it reaches the proxy from each of its addresses,
// and that no site can: it would learn who uses the program, and who trusts its CA.
func TestAnswer(t *testing.T) {
	for origin, want := range map[string]bool{
		"http://spectap.test": true, "https://spectap.test": true, "http://127.0.0.1:8080": true, "http://localhost:8080": true,
		"http://[::1]:8080": true, "http://192.168.1.5:8080": true,
		"": false, "null": false, "https://evil.example": false, "http://localhost:3000": false, "http://127.0.0.1": false,
		"http://192.0.2.7:8080": false, "http://spectap.test.evil.example": false, "http://evil.example:8080": false, "http://192.168.1.5:80": false, "file://spectap.test": false,
	} {
		r := httptest.NewRequest("GET", "http://spectap.test/answer", nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		serveSetup(w, r, withCA)
		page := httptest.NewRecorder()
		r2 := r.Clone(t.Context())
		r2.URL.Path = "/"
		serveSetup(page, r2, withCA)
		if got := page.Result().Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%q: %s may read the page", origin, got)
		}
		got := w.Result().Header.Get("Access-Control-Allow-Origin")
		if want && got != origin || !want && got != "" {
			t.Errorf("%q: allowed is %q", origin, got)
		}
		if w.Result().Header.Get("Vary") != "Origin" {
			t.Errorf("%q: a cache may keep it for another origin", origin)
		}
	}
}

// TestCode checks that the picture of a code is one: a finder pattern in three corners (ISO 18004),
// and a margin of four modules.
func TestCode(t *testing.T) {
	svg := text(t, get(t, withCA, "GET", "/qr.svg", ""))
	var size, size2 int
	if _, err := fmt.Sscanf(regexp.MustCompile(`viewBox="0 0 \d+ \d+"`).FindString(svg), `viewBox="0 0 %d %d"`, &size, &size2); err != nil || size != size2 || (size-8-17)%4 != 0 {
		t.Fatalf("%d by %d modules, %v", size, size2, err)
	}
	if light := fmt.Sprintf(`<path fill="#fff" d="M0 0h%dv%dH0z"/>`, size, size); !strings.Contains(svg, light) {
		t.Errorf("the code has no light ground of its size: %s", svg)
	}
	if err := xml.Unmarshal([]byte(svg), new(struct{})); err != nil {
		t.Errorf("the picture is no XML: %v", err)
	}
	dark := map[[2]int]bool{}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h1v1h-1z`).FindAllStringSubmatch(svg, -1) {
		var x, y int
		fmt.Sscan(m[1]+" "+m[2], &x, &y)
		if dark[[2]int{x, y}] = true; min(x, y) < 4 || max(x, y) >= size-4 {
			t.Errorf("%d, %d is in the margin", x, y)
		}
	}
	for _, corner := range [][2]int{{4, 4}, {size - 11, 4}, {4, size - 11}} {
		for x := range 7 {
			for y := range 7 {
				edge := max(x-3, 3-x, y-3, 3-y)
				if dark[[2]int{corner[0] + x, corner[1] + y}] != (edge != 2) {
					t.Fatalf("no finder pattern at %v", corner)
				}
			}
		}
	}
}

// noError ends the test if a step that it needs failed.
func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
