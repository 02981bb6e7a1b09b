package capture

import (
	"encoding/pem"
	"fmt"
	"html"
	"net"
	"net/http"
	"strings"
)

// PageHost is a host name that the proxy itself answers.
const PageHost = "spectap.test"

// servePage serves the pages of the proxy itself: instructions, its CA and a PAC file.
func (p *Proxy) servePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this is a proxy; its own pages can be read only", http.StatusMethodNotAllowed)
		return
	}
	block, _ := pem.Decode(p.cfg.CA)
	respond := func(mediaType string, data []byte) {
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		w.Write(data)
	}
	switch path := r.URL.Path; {
	case path == "/proxy.pac":
		respond("application/x-ns-proxy-autoconfig", fmt.Appendf(nil, pacFile, listenAddr(r)))
	case path == "/ca.pem" && block != nil:
		respond("application/x-pem-file", p.cfg.CA)
	case path == "/ca.der" && block != nil:
		respond("application/x-x509-ca-cert", block.Bytes)
	case path == "/":
		respond("text/html; charset=utf-8", []byte(strings.ReplaceAll(pageHTML, "ADDR", html.EscapeString(listenAddr(r)))))
	default:
		http.Error(w, "this is a proxy, and it has no such page", http.StatusNotFound)
	}
}

// listenAddr returns the address under which the client reached the proxy.
func listenAddr(r *http.Request) string {
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return a.String()
	}
	return r.Host
}

const pacFile = `function FindProxyForURL(url, host) {
  return "PROXY %s";
}
`

const pageHTML = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>spectap</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44em;margin:2em auto;padding:0 1em}code{background:#8883;padding:0 .2em}</style>
<h1>This is spectap</h1>
<p>An HTTP proxy that records what passes through it. Use <code>http://ADDR</code> as the proxy for HTTP and HTTPS,
or the file <a href="/proxy.pac">proxy.pac</a> as its automatic configuration.</p>
<p>To record HTTPS, a client must trust the CA of this proxy: <a href="/ca.pem">ca.pem</a> (PEM) or
<a href="/ca.der">ca.der</a> (DER). Anyone who has the CA's key can read what that client sends and pose as any site to it.
Trust it only on machines for testing, and remove it afterwards.</p>
<ul>
<li><b>One command</b>: <code>spectap run -- COMMAND</code> sets everything for that command alone.</li>
<li><b>curl</b>: <code>curl --cacert ca.pem -x http://ADDR https://…</code></li>
<li><b>Debian, Ubuntu</b>: copy ca.pem to <code>/usr/local/share/ca-certificates/spectap.crt</code>, run <code>update-ca-certificates</code>.</li>
<li><b>Fedora, RHEL</b>: copy ca.pem to <code>/etc/pki/ca-trust/source/anchors/</code>, run <code>update-ca-trust</code>.</li>
<li><b>macOS</b>: <code>security add-trusted-cert -k ~/Library/Keychains/login.keychain-db ca.pem</code></li>
<li><b>Windows</b>: <code>certutil -user -addstore Root ca.der</code></li>
<li><b>Firefox</b>: Settings, Privacy &amp; Security, View Certificates, Authorities, Import.</li>
<li><b>iOS</b>: open ca.der in Safari, install the profile, then switch it on under General, About, Certificate Trust Settings.</li>
<li><b>Android</b>: Settings, Security, Install a certificate, CA certificate: ca.der. Apps trust it only if they say so.</li>
</ul>
</html>
`
