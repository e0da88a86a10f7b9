// Package allow is the one table that says what interpreted code may import and
// name. The generator of package symbols reads it, so what is refused here is not
// even linked; the lint reads it for the reason that an author or a student sees.
package allow

import "strings"

// A Package is a package that interpreted code may import.
type Package struct {
	Path string
	Only []string // the exported names that are allowed; nil means all but those in Not
	Not  []string // exported names that are refused
	Why  string   // the reason for Only or Not, one of those below
}

// Reasons, by the ids under which they are told in the language of the reader.
const (
	NoFiles   = "no-files"
	NoProcess = "no-process"
	NoMemory  = "no-memory"
	NoDial    = "no-dial"
	NoHost    = "no-host"
	NoServer  = "no-server"
	NoTests   = "no-tests"
	PureGo    = "pure-go"
	Generic   = "generic"
	OnlyThese = "only-these" // what Only has
	Barrier   = "barrier"
	OfTheHost = "of-the-host"
	DialSTOMP = "dial-stomp"
	DialAMQP  = "dial-amqp"
	DialKafka = "dial-kafka"
)

// Packages are all that may be imported, sorted by path.
var Packages = []Package{
	{Path: "brokerlab/check", Only: []string{"Event", "Events", "Fail", "Pass"}, Why: OfTheHost},
	{Path: "bufio"},
	{Path: "bytes"},
	{Path: "cmp"},
	{Path: "container/heap"},
	{Path: "container/list"},
	{Path: "container/ring"},
	{Path: "context"},
	{Path: "crypto/hmac"},
	{Path: "crypto/md5"},
	{Path: "crypto/rand", Only: []string{"Int", "Read", "Text"}, Why: OnlyThese},
	{Path: "crypto/sha1"},
	{Path: "crypto/sha256"},
	{Path: "crypto/sha512"},
	{Path: "crypto/subtle", Only: []string{"ConstantTimeCompare"}, Why: OnlyThese},
	{Path: "encoding"},
	{Path: "encoding/base32"},
	{Path: "encoding/base64"},
	{Path: "encoding/binary"},
	{Path: "encoding/csv"},
	{Path: "encoding/hex"},
	{Path: "encoding/json"},
	{Path: "errors"},
	{Path: "fmt"},
	{Path: "github.com/go-stomp/stomp/v3", Not: []string{"Connect", "ConnectWithContext"}, Why: DialSTOMP},
	{Path: "github.com/go-stomp/stomp/v3/frame"},
	{Path: "github.com/rabbitmq/amqp091-go", Not: []string{"DefaultDial", "DialTLS", "DialTLS_ExternalAuth"},
		Why: DialAMQP},
	{Path: "github.com/twmb/franz-go/pkg/kadm"},
	{Path: "github.com/twmb/franz-go/pkg/kerr"},
	{Path: "github.com/twmb/franz-go/pkg/kgo", Not: []string{"Dialer", "DialTLS", "DialTLSConfig", "DialTimeoutFn"}, Why: DialKafka},
	{Path: "hash"},
	{Path: "hash/adler32"},
	{Path: "hash/crc32"},
	{Path: "hash/crc64"},
	{Path: "hash/fnv"},
	{Path: "html", Only: []string{"EscapeString", "UnescapeString"}},
	{Path: "io"},
	{Path: "log"},
	{Path: "log/slog"},
	{Path: "maps"},
	{Path: "math"},
	{Path: "math/big"},
	{Path: "math/bits"},
	{Path: "math/cmplx"},
	{Path: "math/rand"},
	{Path: "math/rand/v2"},
	{Path: "net", Only: []string{"Addr", "Conn", "Error", "ErrClosed", "IP", "JoinHostPort", "ParseIP", "SplitHostPort"}, Why: NoDial},
	{Path: "net/http", Not: []string{"Dir", "FileServer", "FileServerFS", "FS", "File", "FileSystem", "HTTP2Config", "ListenAndServe",
		"ListenAndServeTLS", "NewFileTransport", "NewFileTransportFS", "Serve", "ServeContent", "ServeFile", "ServeFileFS",
		"ServeTLS", "Server", "Transport", "DefaultTransport", "Protocols", "ProxyFromEnvironment", "ProxyURL"},
		Why: NoServer},
	{Path: "net/http/httptest", Not: []string{"NewServer", "NewTLSServer", "NewUnstartedServer", "Server"}, Why: NoServer},
	{Path: "net/url"},
	{Path: "os", Only: []string{"Args", "Exit", "Getenv", "LookupEnv", "Stdin", "Stdout", "Stderr", "File", "Interrupt", "Signal",
		"ErrClosed", "ErrDeadlineExceeded", "ErrExist", "ErrInvalid", "ErrNotExist", "ErrPermission", "IsExist", "IsNotExist"}, Why: NoFiles},
	{Path: "os/signal"},
	{Path: "path"},
	{Path: "reflect", Only: []string{"DeepEqual"}, Why: NoMemory},
	{Path: "regexp"},
	{Path: "runtime", Only: []string{"GC", "GOARCH", "GOOS", "Gosched", "NumCPU", "NumGoroutine", "Version"}, Why: NoHost},
	{Path: "slices"},
	{Path: "sort"},
	{Path: "strconv"},
	{Path: "strings"},
	{Path: "sync"},
	{Path: "sync/atomic", Not: []string{"AddUintptr", "AndUintptr", "CompareAndSwapPointer", "CompareAndSwapUintptr", "LoadPointer", "LoadUintptr",
		"OrUintptr", "StorePointer", "StoreUintptr", "SwapPointer", "SwapUintptr", "Uintptr"}, Why: NoMemory},
	{Path: "syscall", Only: []string{"SIGINT", "SIGTERM"}, Why: Barrier},
	{Path: "text/tabwriter"},
	{Path: "text/template", Not: []string{"ParseFS", "ParseFiles", "ParseGlob"}, Why: NoFiles},
	{Path: "time"},
	{Path: "unicode"},
	{Path: "unicode/utf16"},
	{Path: "unicode/utf8"},
}

// Methods are exported methods and fields that are refused although their type is
// allowed, by the type's full name.
var Methods = map[string]Package{
	"os.File":                               {Only: []string{"Close", "Name", "Read", "ReadString", "Sync", "Write", "WriteString", "ReadFrom", "WriteTo"}, Why: NoFiles},
	"net/http.Client":                       {Not: []string{"Transport"}, Why: NoDial},
	"net/http.Response":                     {Not: []string{"TLS"}, Why: NoHost},
	"net/http.Request":                      {Not: []string{"TLS"}, Why: NoHost},
	"github.com/rabbitmq/amqp091-go.Config": {Not: []string{"Dial", "TLSClientConfig"}, Why: NoDial},
	"text/template.Template":                {Not: []string{"ParseFS", "ParseFiles", "ParseGlob"}, Why: NoFiles},
	"net.Conn":                              {Not: []string{"File", "SyscallConn"}, Why: NoHost},
}

// Doors are packages that nobody needs to import in a lab, with the reason. What
// is neither here nor in Packages is simply not offered.
var Doors = map[string]string{
	"plugin":        NoProcess,
	"os/exec":       NoProcess,
	"runtime/debug": NoHost,
	"runtime/cgo":   PureGo,
	"io/ioutil":     NoFiles,
	"path/filepath": NoFiles,
	"iter":          Generic,
	"testing":       NoTests,
}

// InCheck reports whether a lab's check.go may import a package that is allowed.
func InCheck(path string) bool {
	for _, prefix := range []string{"os", "log", "net", "github.com/", "runtime", "syscall", "math/rand", "crypto/rand"} {
		if path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/") {
			return false
		}
	}
	return true
}

// Find gives the entry of an import path.
func Find(path string) (Package, bool) {
	for _, p := range Packages {
		if p.Path == path {
			return p, true
		}
	}
	return Package{}, false
}

// Allows reports whether an exported name of the package may be used.
func (p Package) Allows(name string) bool {
	for _, n := range p.Not {
		if n == name {
			return false
		}
	}
	if p.Only == nil {
		return true
	}
	for _, n := range p.Only {
		if n == name {
			return true
		}
	}
	return false
}

// Ident turns an import path into a part of a Go name: "net/http" is net_http.
func Ident(path string) string {
	return strings.NewReplacer("/", "_", ".", "_", "-", "_").Replace(path)
}
