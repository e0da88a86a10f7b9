package interp

import (
	"maps"
	"strings"

	"github.com/brokerlab/brokerlab/sandbox/interp/allow"
)

// params are what the sentence of a refusal is told with: Diagnostic.Params. The param
// why is the id of a reason, a sentence that follows.
type params map[string]string

// because is a reason with its params, as pairs of a name and a value. Without an id
// there is none.
func because(id string, pairs ...string) params {
	if id == "" {
		return params{}
	}
	return params{"why": id}.with(pairs...)
}

// becauseOf is why a name of a package or a type is not offered.
func becauseOf(p allow.Package) params {
	why := because(p.Why)
	if p.Why == allow.OnlyThese {
		why = why.with("offered", strings.Join(p.Only, ", "))
	}
	return why
}

// with adds params, as pairs of a name and a value.
func (p params) with(pairs ...string) params {
	p = maps.Clone(p)
	for i := 0; i+1 < len(pairs); i += 2 {
		p[pairs[i]] = pairs[i+1]
	}
	return p
}

// inEnglish is the Message of a refusal. The grader says the same in the language of
// the reader.
func inEnglish(code string, p params) string {
	text := refusals[code]
	if why := reasons[p["why"]]; why != "" {
		text += " " + why
	}
	var pairs []string
	for name, value := range p {
		pairs = append(pairs, "{{.P."+name+"}}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Sentences are all that is ever said of a program in words of our own, in English:
// refusals by their code, and reasons by their id. A param stands in them as
// {{.P.name}}, as in the catalogues of the grader, which have the very same sentences.
func Sentences() (said, because map[string]string) { return maps.Clone(refusals), maps.Clone(reasons) }

var refusals = map[string]string{
	CodeTooMuch:      "The program has {{.P.size}} bytes; at most {{.P.limit}} are allowed.",
	CodeNotText:      "{{.P.name}} is not text in UTF-8.",
	CodePackage:      "The package is {{.P.package}}; a program is package main.",
	CodeNoMain:       "The program has no function main.",
	CodeCgo:          "C code cannot be used in a lab.",
	CodeUnsafe:       "Package unsafe cannot be used in a lab.",
	CodeImport:       "The interpreter has no package {{.P.path}}.",
	CodeDotImport:    "The interpreter gets a dot import wrong. Import the package under its name.",
	CodeCheckPackage: "Package {{.P.path}} is for a lab's check.go.",
	CodeCheckImport:  "A check has no use for package {{.P.path}}: it only looks at the journal.",
	CodeSymbol:       "The interpreter does not offer {{.P.name}}.",
	CodeNames:        "Another file imports {{.P.path}} under the name {{.P.name}}. Give this package a name of its own here.",
	CodeTypeCheck:    "The type checker gave up: {{.P.said}}",
	CodeInterpreter:  "The interpreter cannot compile this: {{.P.said}}",

	CodeLoopVar:        "A function that may run later uses the loop variable {{.P.name}}, and the interpreter has one for all iterations. Write {{.P.name}} := {{.P.name}} at the top of the loop body.",
	CodeLoopAddress:    "The address of the loop variable {{.P.name}} is taken, and the interpreter has one for all iterations. Write {{.P.name}} := {{.P.name}} at the top of the loop body.",
	CodeRangeInt:       "The interpreter cannot range over a number. Write for i := 0; i < n; i++",
	CodeRangeFunc:      "The interpreter cannot range over a function. Call it, and give it the loop body as a function.",
	CodeMinMax:         "The interpreter does not know {{.P.name}}. Compare with if.",
	CodeDeferArgument:  "The interpreter evaluates the arguments of a deferred call only when the call runs. Put the value into a variable of its own, and write defer func() { … }()",
	CodeDeferReceiver:  "The interpreter looks at {{.P.name}} only when the deferred call runs, and it is assigned elsewhere, too. Put its value into a variable of its own.",
	CodeDeferLoop:      "The interpreter gets defer in a loop wrong. Move the loop body into a function.",
	CodeSelectSend:     "The interpreter sends a wrong value from a select unless it is a variable. Put the value into a variable before the select.",
	CodeSelectReceive:  "In a select the interpreter receives into variables only. Receive into a variable, and assign that in the case.",
	CodeSelectBreak:    "In the interpreter, break in a select ends the loop around it, too. Use if, or put the rest after the select.",
	CodeSelectContinue: "The interpreter gets continue in a select wrong. Use if, or move the select into a function.",
	CodeSelectLabel:    "The interpreter cannot leave a select by its label. Use if, or put the label on a loop.",
	CodeFallthrough:    "The interpreter falls through to another case when default is not the last one. Move default to the end.",
	CodeEmptyCase:      "The interpreter gets a switch wrong in which a semicolon stands for a statement. Take it away: a case may be empty.",
	CodeResultAssign:   "The interpreter loses the result {{.P.name}} when a function literal assigns it together with others. Assign it alone.",
	CodeRecoverValue:   "The text of a run-time panic, such as an index out of range, is not Go's in the interpreter. Compare recover() with nil only.",
	CodeMethodValue:    "The interpreter binds the method value {{.P.name}} late or not at all. Write a function literal that calls it.",

	CodeNamedResult:  "The interpreter does not set the named result {{.P.name}} to zero at first. Assign it at the top of the function, or declare a variable and return that.",
	CodeResultAlias:  "While a function with named results runs, the interpreter has already overwritten {{.P.name}}. Use := to a new variable, and assign that.",
	CodeInitOrder:    "The interpreter initializes {{.P.name}} before {{.P.needs}}, which a function called here may need. Declare {{.P.needs}} first.",
	CodeReceive:      "The interpreter cannot change a variable any more that a receive was assigned to. Write r := <-… to a new variable, and assign that.",
	CodeReceiveRange: "The interpreter cannot change the variable of a range over a channel. Assign it to a new variable.",
	CodeCaseLabel:    "The interpreter does not know labels within a case of a switch or select. Move the loop into a function.",

	CodeTypeIdentity:  "The interpreter does not tell {{.P.type}} from {{.P.other}} in an interface: both are {{.P.under}} underneath.",
	CodeCompare:       "The interpreter compares interfaces wrongly when they can hold {{.P.type}}. Compare the values themselves.",
	CodeInterfaceCase: "The interpreter cannot ask whether a value has the methods of {{.P.type}}. Name the types themselves.",
	CodeErrorSwitch:   "The interpreter misses {{.P.type}} in a type switch on an error. Assert it: v, ok := err.({{.P.type}})",
	CodeErrorAssert:   "The interpreter does not find {{.P.type}} in an error. Give its methods pointer receivers, and return &{{.P.type}}{…}",
	CodeErrorMethod:   "In the interpreter {{.P.function}} does not see the methods Unwrap, Is and As of {{.P.type}}. Compare or assert yourself.",
	CodeErrorAs:       "In the interpreter errors.As does not find the program's own error types. Use a type assertion, or errors.Is with an error that errors.New made.",
	CodeErrorIs:       "In the interpreter errors.Is does not compare the program's own error types. Use an error that errors.New made.",
	CodeErrorValue:    "The interpreter makes an error of {{.P.type}} only in a return statement. Return it from a function, and use that.",
	CodeTypedNil:      "To the interpreter a nil {{.P.type}} in an interface is a nil interface. Return or pass nil itself.",
	CodeRecursiveType: "The interpreter cannot compile the type {{.P.name}}, which contains itself. Put it into a struct.",
	CodeVariadicIface: "The interpreter cannot pass {{.P.type}} to a parameter of type ...{{.P.into}}.",
	CodeInference:     "The interpreter cannot find the type arguments of {{.P.name}} here. Write them out: {{.P.name}}[{{.P.types}}]",
	CodeGenericMethod: "The interpreter cannot use another instance of {{.P.name}} in its own method. Write a function.",
	CodeConstant:      "The interpreter gets the typed constant {{.P.name}} wrong, since it is computed. Write its value as a number or a string, or begin with plain iota.",
	CodeGenericIface:  "The interpreter cannot put the generic type {{.P.type}} behind the interface {{.P.into}}.",

	CodePrint:  "The interpreter prints {{.P.type}} differently.",
	CodeEncode: "{{.P.function}} sees {{.P.type}} differently in the interpreter.",
	CodeAny:    "In the interpreter {{.P.function}} does not see the methods of {{.P.type}}. Pass a plain value.",
}

var reasons = map[string]string{
	whyInList:      "Values of the program's own types are not recognized in a list of any.",
	whyFormat:      "The format is not a constant.",
	whyNameless:    "The program's own types have no names there.",
	whyPointer:     "String or Error of its pointer would be called.",
	whyFormatter:   "Its method Format or GoString is not seen.",
	whyError:       "Its method Error is seen only in an error that a function returned. Call Error yourself.",
	whyString:      "Its method String gets in the way. Call String yourself, or convert the value to a plain type.",
	whyEmbedded:    "Its method String is that of an embedded field. Call String yourself.",
	whyGeneric:     "The type is generic. Call String yourself.",
	whyHeld:        "It may hold the program's own type {{.P.held}}.",
	whyHeldMethods: "It may hold the program's own type {{.P.held}}, which has methods.",
	whyRenamed:     "The field {{.P.field}} has another name there.",
	whyHidden:      "The field {{.P.field}} is not exported, so Go does not call its methods, but the interpreter does.",
	whyInner:       "The methods of {{.P.held}} inside it are not seen.",
	whyMaybe:       "It may hold a value of an own type with methods.",
	whyMaybeOwn:    "It may hold a value of an own type.",
	whyUnseen:      "The method {{.P.method}} of {{.P.held}} is not seen.",
	whyShown:       "The field {{.P.field}} is not exported, but the interpreter shows it.",

	allow.NoFiles:   "There are no files in a lab.",
	allow.NoProcess: "A lab runs one process only.",
	allow.NoMemory:  "It reaches into memory that does not belong to the program.",
	allow.NoDial:    "Connections are made by the broker clients and net/http.",
	allow.NoHost:    "It is about the machine, not about the lab.",
	allow.NoServer:  "A program in a lab serves nothing and reads no files.",
	allow.NoTests:   "A lab has no test run of its own.",
	allow.PureGo:    "Programs are pure Go.",
	allow.Generic:   "Generic functions and types of other packages are not known there.",
	allow.OnlyThese: "Of this package there is only {{.P.offered}}.",
	allow.Barrier:   "It goes round everything that keeps a lab apart.",
	allow.OfTheHost: "The rest is for the host of the check.",
	allow.DialSTOMP: "The lab's broker is dialled by Dial.",
	allow.DialAMQP:  "The lab's broker is dialled by Dial, DialConfig or Open.",
	allow.DialKafka: "The lab's brokers are dialled from SeedBrokers.",
}
