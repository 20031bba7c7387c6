/**
 * The rules for names, keys and label values. Each function returns what is wrong with a value, in the words
 * of Kubernetes (`apimachinery/pkg/util/validation`); an empty list means that it is fine.
 */

export type Problems = readonly string[];

/** Letters and digits without vowels and look-alikes, as Kubernetes uses them for what it makes up. */
export const generatedNameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

const labelPattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const serviceNamePattern = '[a-z]([-a-z0-9]*[a-z0-9])?';
const subdomainPattern = `${labelPattern}(\\.${labelPattern})*`;
const qualifiedNamePattern = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValuePattern = `(${qualifiedNamePattern})?`;
const configKeyPattern = '[-._a-zA-Z0-9]+';
const httpHeaderPattern = '[-A-Za-z0-9]+';
const percentPattern = '[0-9]+%';

const label = new RegExp(`^${labelPattern}$`);
const serviceName = new RegExp(`^${serviceNamePattern}$`);
const subdomain = new RegExp(`^${subdomainPattern}$`);
const qualifiedName = new RegExp(`^${qualifiedNamePattern}$`);
const labelValue = new RegExp(`^${labelValuePattern}$`);
const configKey = new RegExp(`^${configKeyPattern}$`);
const httpHeader = new RegExp(`^${httpHeaderPattern}$`);
const percent = new RegExp(`^${percentPattern}$`);
const printableWithoutEquals = /^[\x20-\x3c\x3e-\x7e]+$/;

const labelLengthMax = 63;
const subdomainLengthMax = 253;
const qualifiedNameWords =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const qualifiedNameExamples = ['MyName', 'my.name', '123-abc'];

/** Names of containers, volumes, namespaces, hostnames: `my-name`. */
export function dns1123LabelProblems(value: string): Problems {
  const problems = lengthProblems(value, labelLengthMax);
  if (matches(label, value)) return problems;
  if (matches(subdomain, value)) return [...problems, 'must not contain dots'];
  const words =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  return [...problems, patternProblem(words, labelPattern, ['my-name', '123-abc'])];
}

/** Names of Services: they become host names of the oldest kind, which begin with a letter. */
export function dns1035LabelProblems(value: string): Problems {
  const problems = lengthProblems(value, labelLengthMax);
  if (matches(serviceName, value)) return problems;
  const words =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [...problems, patternProblem(words, serviceNamePattern, ['my-name', 'abc-123'])];
}

/** Names of pods and of most objects: `example.com`. */
export function dns1123SubdomainProblems(value: string): Problems {
  return subdomainProblems(value, 'characters');
}

function subdomainProblems(value: string, unit: LengthUnit): Problems {
  const problems = lengthProblems(value, subdomainLengthMax, unit);
  if (matches(subdomain, value)) return problems;
  const words =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [...problems, patternProblem(words, subdomainPattern, ['example.com'])];
}

/** Keys of labels and annotations, condition types, resource names: `name` or `example.com/name`. */
export function qualifiedNameProblems(value: string): Problems {
  const parts = value.split('/', 3);
  const [first = '', second] = parts;
  if (parts.length > 2) {
    const words = patternProblem(qualifiedNameWords, qualifiedNamePattern, qualifiedNameExamples);
    return [
      `a qualified name ${words} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (second === undefined) return namePartProblems(first);
  const prefixProblems = first === '' ? ['must be non-empty'] : subdomainProblems(first, 'bytes');
  return [...prefixProblems.map((problem) => `prefix part ${problem}`), ...namePartProblems(second)];
}

function namePartProblems(name: string): Problems {
  if (name === '') return ['name part must be non-empty', `name part ${namePartPatternProblem()}`];
  const problems = lengthProblems(name, labelLengthMax, 'bytes').map((problem) => `name part ${problem}`);
  return matches(qualifiedName, name) ? problems : [...problems, `name part ${namePartPatternProblem()}`];
}

function namePartPatternProblem(): string {
  return patternProblem(qualifiedNameWords, qualifiedNamePattern, qualifiedNameExamples);
}

/** The empty string is a legal label value. */
export function labelValueProblems(value: string): Problems {
  const problems = lengthProblems(value, labelLengthMax, 'bytes');
  if (matches(labelValue, value)) return problems;
  const words =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  return [...problems, patternProblem(words, labelValuePattern, ['MyValue', 'my_value', '12345'])];
}

/** The relaxed rule, the default of Kubernetes since 1.32: anything printable in ASCII but `=`. */
export function envNameProblems(value: string): Problems {
  if (value === '') return ['environment variable name must be non-empty'];
  if (printableWithoutEquals.test(value)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** Keys of ConfigMaps and Secrets. They become file names, so dots alone are refused too. */
export function configKeyProblems(value: string): Problems {
  const problems: string[] = [...lengthProblems(value, subdomainLengthMax)];
  if (!matches(configKey, value)) {
    const words = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
    problems.push(patternProblem(words, configKeyPattern, ['key.name', 'KEY_NAME', 'key-name']));
  }
  if (value === '.' || value === '..') problems.push(`must not be '${value}'`);
  else if (value.startsWith('..')) problems.push("must not start with '..'");
  return problems;
}

/** What is wrong with the name of an HTTP header, in Kubernetes' words; nothing when it is good. */
export function httpHeaderNameProblems(value: string): Problems {
  if (matches(httpHeader, value)) return [];
  const words = "a valid HTTP header must consist of alphanumeric characters or '-'";
  return [patternProblem(words, httpHeaderPattern, ['X-Header-Name'])];
}

/** `25%` */
export function percentProblems(value: string): Problems {
  if (matches(percent, value)) return [];
  const words = "a valid percent string must be a numeric string followed by an ending '%'";
  return [patternProblem(words, percentPattern, ['1%', '93%'])];
}

/** What is wrong with the number of a port, in Kubernetes' words; nothing when it is good. */
export function portNumberProblems(port: number): Problems {
  return Number.isInteger(port) && port >= 1 && port <= 65_535
    ? []
    : ['must be between 1 and 65535, inclusive'];
}

/** The name of a port; a text of digits only is none, since it could be taken for a number. */
export function portNameProblems(value: string): Problems {
  const problems: string[] = [...lengthProblems(value, 15)];
  if (!/^[-a-z0-9]+$/.test(value))
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)');
  if (value.includes('--')) problems.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
}

/** Kubernetes speaks of bytes where it speaks of labels. All characters that are allowed have one. */
type LengthUnit = 'characters' | 'bytes';

function lengthProblems(value: string, lengthMax: number, unit: LengthUnit = 'characters'): Problems {
  return value.length > lengthMax ? [`must be no more than ${lengthMax} ${unit}`] : [];
}

/** No legal name is this long; without the bound a hostile one could keep a pattern busy. */
const matchedCharsMax = 1024;

function matches(pattern: RegExp, value: string): boolean {
  return value.length <= matchedCharsMax && pattern.test(value);
}

/** The joint of the examples, `'a',  or 'b', `, is that of Kubernetes to the blank. */
function patternProblem(words: string, pattern: string, examples: readonly string[]): string {
  const list = examples.map((example) => `'${example}', `).join(' or ');
  return `${words} (e.g. ${list}regex used for validation is '${pattern}')`;
}
