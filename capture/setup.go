package capture

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// This file is the page with which a proxy explains itself to people who set it as their proxy,
// on this machine or on a phone: what to set, how to trust its CA, and whether both worked.
//
// It shows the steps of the visitor's system, and folds those of others. Nothing on it is secret,
// it needs no session, and it loads nothing from elsewhere.

// setupHost is a name that the proxy itself answers. The page asks it over HTTP whether the visitor
// uses the proxy, and over TLS whether the visitor trusts its CA. Names below .test exist nowhere
// else (RFC 6761).
const setupHost = "spectap.test"

//go:embed setup
var setupFiles embed.FS

var setupTemplate = template.Must(template.ParseFS(setupFiles, "setup/page.html"))

// setupPolicy lets the page load its own files and ask Host, and nothing else.
const setupPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self' http://" + setupHost +
	" https://" + setupHost + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// setupPage says what the page is about.
type setupPage struct {
	// CA is the certificate of the CA in PEM, or nil without a CA to trust.
	CA []byte
	// Addr is the address at which the visitor reaches the proxy.
	Addr string
	// Remote are the addresses at which other machines of the network reach it, empty if it listens
	// on this machine only.
	Remote []string
	// Password says that clients must name a user and a password.
	Password bool
}

// serveSetup answers a request for the page or one of its files.
func serveSetup(w http.ResponseWriter, r *http.Request, c setupPage) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", setupPolicy)
	h.Set("Cross-Origin-Resource-Policy", "same-origin") // no site learns that this is here
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "this is a proxy; its own pages can be read only", http.StatusMethodNotAllowed)
		return
	}
	kind, data, err := content(r, c)
	switch {
	case err != nil:
		http.Error(w, "this page cannot be made", http.StatusInternalServerError)
	case kind == "":
		http.Error(w, "this is a proxy, and it has no such page", http.StatusNotFound)
	default:
		if r.URL.Path == "/answer" {
			h.Set("Vary", "Origin")
			if origin := r.Header.Get("Origin"); c.isOwn(origin) { // the page may come from the proxy's address
				h.Set("Access-Control-Allow-Origin", origin)
			}
		}
		h.Set("Content-Type", kind)
		h.Set("Content-Length", fmt.Sprint(len(data)))
		w.Write(data)
	}
}

// isOwn reports whether an origin is that of this page: a name or an address of the proxy.
func (c setupPage) isOwn(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	if u.Host == setupHost || u.Host == c.Addr || slices.Contains(c.Remote, u.Host) {
		return true
	}
	_, port, _ := net.SplitHostPort(c.Addr)
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Port() == port && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback())
}

// content returns the media type and the bytes of a file, "" if there is no such file.
func content(r *http.Request, c setupPage) (kind string, data []byte, err error) {
	block, _ := pem.Decode(c.CA)
	if block == nil && strings.HasPrefix(r.URL.Path, "/ca.") {
		return "", nil, nil
	}
	switch r.URL.Path {
	case "/":
		var b bytes.Buffer
		err = setupTemplate.Execute(&b, newView(r, c, block))
		return "text/html; charset=utf-8", b.Bytes(), err
	case "/answer":
		return "text/plain; charset=utf-8", []byte("spectap\n"), nil
	case "/style.css":
		data, err = setupFiles.ReadFile("setup/style.css")
		return "text/css; charset=utf-8", data, err
	case "/icon.svg":
		data, err = setupFiles.ReadFile("setup/icon.svg")
		return "image/svg+xml", data, err
	case "/script.js":
		data, err = setupFiles.ReadFile("setup/script.js")
		return "text/javascript; charset=utf-8", data, err
	case "/qr.svg":
		if len(c.Remote) == 0 {
			return "", nil, nil
		}
		data, err = code("http://" + c.Remote[0] + "/")
		return "image/svg+xml", data, err
	case "/proxy.pac":
		return "application/x-ns-proxy-autoconfig", fmt.Appendf(nil, pacFile, c.Addr), nil
	case "/ca.pem":
		return "application/x-pem-file", c.CA, nil
	case "/ca.der", "/ca.crt":
		return "application/x-x509-ca-cert", block.Bytes, nil
	case "/ca.mobileconfig":
		return "application/x-apple-aspen-config", profile(block.Bytes), nil
	case "/network_security_config.xml":
		data, err = setupFiles.ReadFile("setup/network_security_config.xml")
		return "application/xml; charset=utf-8", data, err
	}
	return "", nil, nil
}

const pacFile = `function FindProxyForURL(url, host) {
  return "PROXY %s";
}
`

// view is what the template shows.
type view struct {
	Addr, Host, Port string
	Secure           bool // the visitor asked over TLS
	CA               bool
	Password         bool
	Fingerprint      string
	Remote           []string
	Visitor          system
	Others           []system
}

func newView(r *http.Request, c setupPage, block *pem.Block) *view {
	v := &view{Addr: c.Addr, Secure: r.TLS != nil, CA: block != nil, Password: c.Password, Remote: c.Remote}
	v.Visitor, v.Others = systemsFor(r.UserAgent())
	at := c.Addr
	if v.Visitor.Phone && len(c.Remote) > 0 {
		at = c.Remote[0]
	}
	v.Host, v.Port, _ = net.SplitHostPort(at)
	if block != nil {
		sum := sha256.Sum256(block.Bytes)
		v.Fingerprint = hex.EncodeToString(sum[:])
	}
	return v
}

// code returns a QR code as an SVG picture, dark on light in both colour schemes, as readers
// expect.
func code(text string) ([]byte, error) {
	q, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	const quiet = 4 // modules around the code, which ISO 18004 demands
	n := q.Bounds().Dx()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`, n+2*quiet, n+2*quiet)
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, n+2*quiet, n+2*quiet)
	for y := range n {
		for x := range n {
			if red, _, _, _ := q.At(x, y).RGBA(); red == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.Bytes(), nil
}

// profile returns a configuration profile of Apple with the certificate of the CA. The identifiers
// are made from the certificate, so that a second installation replaces the first.
func profile(der []byte) []byte {
	sum := sha256.Sum256(der)
	id := func(b []byte) string {
		u := bytes.Clone(b[:16])
		u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // version 8: of our own making (RFC 9562)
		return strings.ToUpper(fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]))
	}
	return fmt.Appendf(nil, profileXML, base64.StdEncoding.EncodeToString(der), id(sum[:]), id(sum[:]), id(sum[16:]), id(sum[16:]))
}

const profileXML = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>PayloadContent</key>
	<array>
		<dict>
			<key>PayloadCertificateFileName</key><string>spectap.cer</string>
			<key>PayloadContent</key><data>%s</data>
			<key>PayloadDisplayName</key><string>spectap local CA</string>
			<key>PayloadIdentifier</key><string>spectap.ca.%s</string>
			<key>PayloadType</key><string>com.apple.security.root</string>
			<key>PayloadUUID</key><string>%s</string>
			<key>PayloadVersion</key><integer>1</integer>
		</dict>
	</array>
	<key>PayloadDescription</key><string>Lets the spectap proxy record HTTPS. Remove it after the tests.</string>
	<key>PayloadDisplayName</key><string>spectap</string>
	<key>PayloadIdentifier</key><string>spectap.profile.%s</string>
	<key>PayloadRemovalDisallowed</key><false/>
	<key>PayloadType</key><string>Configuration</string>
	<key>PayloadUUID</key><string>%s</string>
	<key>PayloadVersion</key><integer>1</integer>
</dict>
</plist>
`

// Login returns what stands before the address of the proxy in a URL.
func (v *view) Login() string {
	if v.Password {
		return "USER:PASSWORD@"
	}
	return ""
}

// steps are the data of the template of one system.
type steps struct {
	V *view
	S system
}

// With returns the data for the steps of a system.
func (v *view) With(s system) steps { return steps{v, s} }
