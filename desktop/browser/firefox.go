package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
)

// firefoxPreferences switch off the requests that Firefox makes on its own behalf, and use the
// proxy for all others. An empty URL switches off requests that have no other switch. Source: "How
// to stop Firefox from making automatic connections" of support.mozilla.org, and
// RecommendedPreferences.sys.mjs of Firefox. The effect of all of them is tested with a real
// Firefox.
var firefoxPreferences = map[string]any{
	"app.normandy.enabled":          false,
	"app.update.auto":               false,
	"app.update.disabledForTesting": true,
	"browser.aboutwelcome.enabled":  false,
	"browser.discovery.enabled":     false,
	"browser.newtabpage.activity-stream.asrouter.providers.snippets": "",
	"browser.newtabpage.activity-stream.feeds.section.topstories":    false,
	"browser.newtabpage.activity-stream.feeds.system.topstories":     false,
	"browser.newtabpage.activity-stream.feeds.topsites":              false,
	"browser.newtabpage.activity-stream.feeds.weatherfeed":           false,
	"browser.newtabpage.activity-stream.showSponsored":               false,
	"browser.newtabpage.activity-stream.showSponsoredTopSites":       false,
	"browser.newtabpage.enabled":                                     false,
	"browser.pagethumbnails.capturing_disabled":                      true,
	"browser.ping-centre.telemetry":                                  false,
	"browser.preonboarding.enabled":                                  false,
	"browser.region.network.url":                                     "",
	"browser.safebrowsing.blockedURIs.enabled":                       false,
	"browser.safebrowsing.downloads.enabled":                         false,
	"browser.safebrowsing.malware.enabled":                           false,
	"browser.safebrowsing.phishing.enabled":                          false,
	"browser.safebrowsing.provider.google4.updateURL":                "",
	"browser.safebrowsing.provider.google5.updateURL":                "",
	"browser.safebrowsing.provider.mozilla.updateURL":                "",
	"browser.search.suggest.enabled":                                 false,
	"browser.search.update":                                          false,
	"browser.sessionstore.resume_from_crash":                         false,
	"browser.shell.checkDefaultBrowser":                              false,
	"browser.startup.homepage":                                       "about:blank",
	"browser.startup.homepage_override.mstone":                       "ignore",
	"browser.startup.page":                                           0,
	"browser.topsites.contile.enabled":                               false,
	"browser.translations.enable":                                    false,
	"browser.uitour.enabled":                                         false,
	"browser.urlbar.quicksuggest.enabled":                            false,
	"browser.urlbar.speculativeConnect.enabled":                      false,
	"browser.urlbar.suggest.searches":                                false,
	"datareporting.healthreport.uploadEnabled":                       false,
	"datareporting.policy.dataSubmissionEnabled":                     false,
	"datareporting.policy.firstRunURL":                               "",
	"datareporting.usage.uploadEnabled":                              false,
	"dom.push.connection.enabled":                                    false,
	"dom.security.https_first":                                       false, // a request for http:// stays one
	"extensions.blocklist.enabled":                                   false,
	"extensions.getAddons.cache.enabled":                             false,
	"extensions.getAddons.discovery.api_url":                         "",
	"extensions.systemAddon.update.enabled":                          false,
	"extensions.systemAddon.update.url":                              "",
	"extensions.update.enabled":                                      false,
	"geo.provider.network.url":                                       "",
	"identity.fxaccounts.enabled":                                    false,
	"media.gmp-manager.updateEnabled":                                false,
	"media.gmp-manager.url":                                          "",
	"messaging-system.rsexperimentloader.enabled":                    false,
	"network.captive-portal-service.enabled":                         false,
	"network.connectivity-service.enabled":                           false,
	"network.dns.disablePrefetch":                                    true,
	"network.http.http3.enable":                                      false, // the proxy does not see it
	"network.http.speculative-parallel-limit":                        0,
	"network.predictor.enabled":                                      false,
	"network.prefetch-next":                                          false,
	"network.trr.mode":                                               5, // no DNS over HTTPS
	"security.OCSP.enabled":                                          0,
	"security.remote_settings.crlite_filters.enabled":                false,
	"security.remote_settings.intermediates.enabled":                 false,
	settingsServer:                               "data:,", // needs a variable of firefoxEnvironment
	"signon.rememberSignons":                     false,
	"termsofuse.bypassNotification":              true,
	"toolkit.telemetry.enabled":                  false,
	"toolkit.telemetry.reportingpolicy.firstRun": false,
	"toolkit.telemetry.server":                   "data:,",
	"toolkit.telemetry.unified":                  false,
	"network.proxy.allow_hijacking_localhost":    true, // loopback addresses pass through the proxy too
	"network.proxy.no_proxies_on":                "",
	"network.proxy.type":                         1,
}

// firefoxEnvironment lets the preferences name the server of settings, and reports no crash.
var firefoxEnvironment = []string{"MOZ_REMOTE_SETTINGS_DEVTOOLS=1", "MOZ_CRASHREPORTER_DISABLE=1"}

// firefoxUser returns the file of preferences of a profile whose requests go through a proxy.
func firefoxUser(proxy string) ([]byte, error) {
	host, port, err := net.SplitHostPort(proxy)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for name, value := range firefoxPreferences {
		b.WriteString(preference(name, value))
	}
	for _, scheme := range []string{"http", "ssl"} {
		b.WriteString(preference("network.proxy."+scheme, host))
		b.WriteString(preference("network.proxy."+scheme+"_port", number))
	}
	return b.Bytes(), nil
}

// preference returns a line of a file of preferences.
func preference(name string, value any) string {
	text, _ := json.Marshal(value) // strings, numbers and truth values are the same in JavaScript
	return fmt.Sprintf("user_pref(%q, %s);\n", name, text)
}

// settingsServer is the preference that test tools also set, to hosts that do not exist.
const settingsServer = "services.settings.server"

// FirefoxForOthers returns preferences and variables for a Firefox that another program starts with
// its own profile. The preferences in before come before those of the program, which override them;
// those in after come last.
func FirefoxForOthers(proxy string) (before, after string, environ []string, err error) {
	text, err := firefoxUser(proxy)
	return string(text), preference(settingsServer, firefoxPreferences[settingsServer]), firefoxEnvironment, err
}

// writeFirefoxProfile writes the preferences to a new profile, and adds the CA to it.
func writeFirefoxProfile(ctx context.Context, cfg Config, dir string) error {
	text, err := firefoxUser(cfg.Proxy)
	if err != nil {
		return err
	}
	text = append(text, preference("marionette.port", 0)...) // any free one, when addByFirefox asks for it
	if err := os.WriteFile(filepath.Join(dir, "user.js"), text, 0o600); err != nil {
		return err
	}
	if addByCertutil(ctx, cfg, dir) == nil {
		return nil
	}
	return addByFirefox(ctx, cfg, dir)
}

// firefoxArguments returns the arguments of Firefox.
func firefoxArguments(cfg Config, dir string) []string {
	args := []string{"--no-remote", "--profile", dir}
	if cfg.Headless {
		args = append(args, "--headless")
	}
	if cfg.URL == "" {
		return append(args, "about:blank")
	}
	return append(args, cfg.URL)
}

// addByCertutil adds the CA to the certificate database of a profile with certutil of NSS, which is
// fast. Few machines have it; the certutil of Windows is a different tool.
func addByCertutil(ctx context.Context, cfg Config, dir string) error {
	tool, err := exec.LookPath("certutil")
	if err != nil || runtime.GOOS == "windows" {
		return exec.ErrNotFound
	}
	db := "sql:" + dir
	if err := exec.CommandContext(ctx, tool, "-N", "-d", db, "--empty-password").Run(); err != nil {
		return err
	}
	add := exec.CommandContext(ctx, tool, "-A", "-d", db, "-n", cfg.CA.Subject.CommonName, "-t", "C,,")
	add.Stdin = bytes.NewReader(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cfg.CA.Raw}))
	return add.Run()
}
