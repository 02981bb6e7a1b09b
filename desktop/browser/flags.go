package browser

import (
	"crypto/sha256"
	"crypto/x509"
	_ "embed"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sink is a host without an address, which RFC 6761 reserves. It receives requests that no flag
// switches off.
const sink = "browser.invalid"

// quiet are the flags that keep a browser from sending requests of its own. Source:
// docs/chrome-flags-for-tools.md of GoogleChrome/chrome-launcher. The source does not list the
// requests that each flag stops, so the effect of all flags is tested with a real browser.
var quiet = []string{
	"--no-first-run",
	"--no-default-browser-check",
	"--no-pings",
	"--disable-background-networking", // variations, probes of the network
	"--disable-breakpad",
	"--disable-component-extensions-with-background-pages",
	"--disable-component-update",
	"--disable-default-apps",
	"--disable-domain-reliability",
	"--disable-extensions",
	"--disable-field-trial-config",
	"--disable-search-engine-choice-screen",
	"--disable-sync",
	"--disable-brave-update",
	"--metrics-recording-only",
	"--disable-features=" + strings.Join(quietFeatures, ","),
	"--password-store=basic", // ask no keyring
	"--use-mock-keychain",
}

// sinks are flags for requests that no flag switches off.
var sinks = []string{
	// The flags above do not stop requests for components and for Google accounts. These requests
	// bypass the proxy and go to a name that does not resolve.
	"--component-updater=url-source=https://" + sink + "/",
	"--gaia-url=https://" + sink,
	"--optimization-guide-service-get-models-url=https://" + sink,
	"--optimization-guide-service-get-hints-url=https://" + sink,
	"--host-resolver-rules=MAP " + sink + " ~NOTFOUND",
}

var quietFeatures = []string{
	"AutofillServerCommunication", "CertificateTransparencyComponentUpdater", "MediaRouter", "NetworkTimeServiceQuerying",
	"OptimizationGuideModelDownloading", "OptimizationHints", "OptimizationHintsFetching", "OptimizationTargetPrediction", "Translate",
	"HttpsUpgrades", // a request for http:// stays one
}

// preferences switch off features without a flag: suggestions while a person types, predictions,
// accounts.
//
//go:embed chromium.json
var preferences string

// writePreferences writes the preferences to a new profile.
func writePreferences(dir string) error {
	folder := filepath.Join(dir, "Default")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "Preferences"), []byte(preferences), 0o600)
}

// flags returns the arguments of a browser of the Chromium family.
func flags(cfg Config, dir string) []string {
	args := append([]string{"--user-data-dir=" + dir}, through(cfg.Proxy, cfg.CA)...)
	args = append(append(args, quiet...), sinks...)
	if cfg.Headless {
		args = append(args, "--headless=new", "--disable-gpu")
	}
	if cfg.NoSandbox {
		args = append(args, "--no-sandbox")
	}
	if cfg.URL == "" {
		return append(args, "about:blank") // the page of a new tab makes requests
	}
	return append(args, cfg.URL)
}

// through returns the flags of Chromium for a proxy and its CA.
func through(proxy string, ca *x509.Certificate) []string {
	key := sha256.Sum256(ca.RawSubjectPublicKeyInfo)
	return []string{
		"--proxy-server=http://" + proxy,
		"--proxy-bypass-list=<-loopback>;" + sink, // loopback addresses pass through the proxy too
		"--ignore-certificate-errors-spki-list=" + base64.StdEncoding.EncodeToString(key[:]),
		"--disable-quic", // the proxy does not see it
	}
}

// FlagsForOthers returns flags for a browser of the Chromium family that another program starts
// with its own flags and profile. Later flags override them. Only a browser with a --user-data-dir
// accepts the CA. Extensions stay enabled, because tests may use them.
func FlagsForOthers(proxy string, ca *x509.Certificate) []string {
	args := append(through(proxy, ca), quiet...)
	args = slices.DeleteFunc(args, func(f string) bool { return f == "--disable-extensions" })
	return append(args, sinks...)
}

// Commands returns the names in PATH of browsers of the Chromium family.
func Commands() []string { return slices.DeleteFunc(slices.Clone(commands), IsFirefox) }
