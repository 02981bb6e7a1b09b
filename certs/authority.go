// Package certs is the local certificate authority. It makes the CA, protects its key, and mints
// the certificates that a proxy presents for the hosts it decrypts.
//
// The CA is a folder with two files. ca.key (0600) has the key and the certificate and is
// authoritative. ca.pem (0644) is the certificate alone, for clients to trust. A reader of ca.key
// can impersonate any host to a client that trusts ca.pem, so [Load] refuses a key that others may
// read: by its mode on Unix, by its access control list on Windows.
//
// Keys are P-256. Leaf certificates last a week and are renewed a day before they expire. They are
// cached, with a bound, and concurrent requests for one host share one minting.
//
// The package writes no trust store; certs/truststore does. Read authority.go first.
package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/spectap/spectap/internal/safefile"
)

// Names of the files in the folder of a CA.
const (
	CertFile = "ca.pem"
	KeyFile  = "ca.key"
)

// Errors of [Load].
var (
	// ErrKeyExposed means that users other than the owner may read the key.
	ErrKeyExposed = errors.New("the CA's key can be read by others")
	// ErrFolderExposed means that all users of the machine can write to the CA's folder.
	ErrFolderExposed = errors.New("the CA's folder is writable by all users")
	// ErrNotCA means that a file does not have a CA with its key.
	ErrNotCA = errors.New("not a CA with its key")
	// ErrExpired means that the CA's certificate has expired.
	ErrExpired = errors.New("the CA has expired")
	// ErrNotValidYet means that the CA's certificate is valid in the future.
	ErrNotValidYet = errors.New("the CA is not valid")
)

const (
	caLife = 10 * 365 * 24 * time.Hour
	// skew is the tolerated difference to the clock of a client that is behind.
	skew = 24 * time.Hour
)

// Authority is a CA with its key. It is safe for concurrent use.
type Authority struct {
	dir    string
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	leaves *cache
	now    func() time.Time
}

// LoadOrCreate loads the CA in the folder dir, or makes the folder and a CA. Processes that do so
// at the same time get the same CA. created reports that the CA is new, so no client trusts it yet.
func LoadOrCreate(dir string) (a *Authority, created bool, err error) {
	a, err = Load(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return a, false, err
	}
	err = create(dir, os.Link)
	created = err == nil
	if err != nil && !errors.Is(err, fs.ErrExist) { // another process was first: use its CA
		return nil, false, err
	}
	a, err = Load(dir)
	return a, created, err
}

// create makes a CA, and the folder dir for it. place is that of [writeFile].
func create(dir string, place func(from, to string) error) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make CA folder: %w", err)
	}
	data, err := newKeyFile(time.Now())
	if err != nil {
		return fmt.Errorf("make CA: %w", err)
	}
	if err := writeFile(filepath.Join(dir, KeyFile), data, 0o600, place); err != nil {
		return fmt.Errorf("write CA key: %w", err)
	}
	return nil
}

// Load loads the CA in the folder dir, and writes ca.pem if it is missing or that of another CA.
// The error is [fs.ErrNotExist] when there is no CA, and [ErrKeyExposed],
// [ErrFolderExposed], [ErrNotCA], [ErrExpired] or [ErrNotValidYet] when it cannot be used.
func Load(dir string) (*Authority, error) {
	path := filepath.Join(dir, KeyFile)
	if err := checkFolder(dir); err != nil {
		return nil, err
	}
	if err := checkPrivate(path); err != nil {
		return nil, fmt.Errorf("load CA key %s: %w", path, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load CA key: %w", err)
	}
	key, cert, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("load CA key %s: %w", path, err)
	}
	switch now := time.Now(); {
	case now.After(cert.NotAfter):
		return nil, fmt.Errorf("load CA key %s: %w on %s", path, ErrExpired, cert.NotAfter.Format(time.DateOnly))
	case now.Before(cert.NotBefore):
		return nil, fmt.Errorf("load CA key %s: %w before %s: check the clock of this machine",
			path, ErrNotValidYet, cert.NotBefore.Format(time.DateOnly))
	}
	a := &Authority{dir: dir, cert: cert, key: key, now: time.Now}
	a.leaves = newCache(maxLeaves)
	if old, err := os.ReadFile(a.CertPath()); err != nil || string(old) != string(a.CertPEM()) {
		if err := writeFile(a.CertPath(), a.CertPEM(), 0o644, os.Rename); err != nil {
			return nil, fmt.Errorf("write CA certificate: %w", err)
		}
	}
	return a, nil
}

// checkFolder returns ErrFolderExposed if all users can write to the folder: they could replace the
// CA by one of theirs. A folder that does not exist is no error.
func checkFolder(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && safefile.IsWritableByAll(info) {
		return fmt.Errorf("use CA folder %s: %w: it has mode %04o", dir, ErrFolderExposed, info.Mode().Perm())
	}
	return nil
}

// Rotate replaces the CA in the folder dir by a new one. Clients must then trust the new ca.pem.
// Processes that have loaded the old CA use it until they end.
func Rotate(dir string) (*Authority, error) {
	if err := checkFolder(dir); err != nil {
		return nil, err
	}
	if err := create(dir, os.Rename); err != nil {
		return nil, err
	}
	return Load(dir)
}

// CertPath returns the path of ca.pem.
func (a *Authority) CertPath() string { return filepath.Join(a.dir, CertFile) }

// Dir returns the folder of the CA.
func (a *Authority) Dir() string { return a.dir }

// Root returns the certificate of the CA.
func (a *Authority) Root() *x509.Certificate { return a.cert }

// CertPEM returns the certificate of the CA in PEM.
func (a *Authority) CertPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Fingerprint returns the SHA-256 of the certificate in hexadecimal, as trust stores show it.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	return hex.EncodeToString(sum[:])
}

// newKeyFile makes a CA, and returns it as ca.key has it.
func newKeyFile(now time.Time) ([]byte, error) {
	key, cert, err := newCA(now)
	if err != nil {
		return nil, err
	}
	return encode(key, cert)
}

// newCA makes a CA. Its name is unique, because trust stores and TLS libraries look CAs up by name.
func newCA(now time.Time) (*ecdsa.PrivateKey, *x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial := newSerial()
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject: pkix.Name{
			Organization: []string{"spectap"},
			CommonName:   fmt.Sprintf("spectap local CA %s %x", now.UTC().Format(time.DateOnly), serial.Bytes()[:3]),
		},
		NotBefore:             now.Add(-skew),
		NotAfter:              now.Add(caLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true, // it signs leaves only
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return key, cert, err
}

// newSerial returns a positive random number of 121 to 128 bits. RFC 5280, section 4.1.2.2, allows
// 159.
func newSerial() *big.Int {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[0] |= 1
	return new(big.Int).SetBytes(b[:])
}

// encode writes a key and its certificate as ca.key has them.
func encode(key *ecdsa.PrivateKey, cert *x509.Certificate) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	data := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return append(data, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...), nil
}

// decode is the inverse of encode.
func decode(data []byte) (*ecdsa.PrivateKey, *x509.Certificate, error) {
	var key *ecdsa.PrivateKey
	var cert *x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "PRIVATE KEY":
			k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, nil, fmt.Errorf("%w: %w", ErrNotCA, err)
			}
			key, _ = k.(*ecdsa.PrivateKey)
		case "CERTIFICATE":
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, fmt.Errorf("%w: %w", ErrNotCA, err)
			}
			cert = c
		}
	}
	if key == nil || cert == nil || !cert.IsCA || !key.PublicKey.Equal(cert.PublicKey) {
		return nil, nil, ErrNotCA
	}
	if why := unusable(cert); why != "" {
		return nil, nil, fmt.Errorf("%w: %s", ErrNotCA, why)
	}
	return key, cert, nil
}

// unusable returns why clients would refuse every leaf of a CA, or "".
func unusable(ca *x509.Certificate) string {
	servers := len(ca.ExtKeyUsage)+len(ca.UnknownExtKeyUsage) == 0
	for _, u := range ca.ExtKeyUsage {
		servers = servers || u == x509.ExtKeyUsageAny || u == x509.ExtKeyUsageServerAuth
	}
	switch {
	case len(ca.UnhandledCriticalExtensions) > 0:
		return "its certificate has a critical extension that clients do not know"
	case ca.KeyUsage != 0 && ca.KeyUsage&x509.KeyUsageCertSign == 0:
		return "its certificate may not sign certificates"
	case !servers:
		return "its certificate may not sign certificates of servers"
	}
	return ""
}
