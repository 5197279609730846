//! What people, skills, clients and projects of the demo company are called.

/// First names and family names of a culture, which go together.
pub(crate) struct Culture {
    pub(crate) first: [&'static str; 14],
    pub(crate) family: [&'static str; 14],
    /// The family name stands first.
    pub(crate) family_first: bool,
}

#[rustfmt::skip]
pub(crate) const CULTURES: [Culture; 10] = [
    Culture { family_first: false,
        first: ["Inês", "Tiago", "Beatriz", "Rui", "Mariana", "João", "Catarina", "Nuno", "Sofia", "Pedro", "Matilde", "Duarte", "Leonor", "Gonçalo"],
        family: ["Almeida", "Carvalho", "Fonseca", "Lopes", "Marques", "Nogueira", "Pereira", "Ramos", "Santos", "Tavares", "Vieira", "Antunes", "Coelho", "Pinto"] },
    Culture { family_first: false,
        first: ["Luana", "Thiago", "Camila", "Rafael", "Juliana", "Caio", "Fernanda", "Bruno", "Larissa", "Vinícius", "Isadora", "Gustavo", "Tainá", "Murilo"],
        family: ["da Silva", "Oliveira", "Souza", "Barbosa", "Araújo", "Ribeiro", "Monteiro", "Cardoso", "Teixeira", "Moraes", "Campos", "Batista", "Freitas", "Nascimento"] },
    Culture { family_first: false,
        first: ["Lucía", "Javier", "Carmen", "Álvaro", "Paula", "Diego", "Elena", "Sergio", "Marta", "Adrián", "Irene", "Hugo", "Nuria", "Iker"],
        family: ["García", "Fernández", "Díaz", "Moreno", "Navarro", "Ortega", "Romero", "Serrano", "Vidal", "Ibáñez", "Castillo", "Herrero", "Peña", "Soler"] },
    Culture { family_first: false,
        first: ["Lena", "Jonas", "Mia", "Felix", "Johanna", "Lukas", "Anneke", "Moritz", "Greta", "Tobias", "Frieda", "Sebastian", "Klara", "Henning"],
        family: ["Müller", "Schneider", "Becker", "Hoffmann", "Krüger", "Lehmann", "Vogel", "Winkler", "Brandt", "Jansen", "Seidel", "Böhm", "Kaiser", "Ziegler"] },
    Culture { family_first: false,
        first: ["Emma", "James", "Olivia", "Marcus", "Grace", "Ethan", "Hannah", "Tyler", "Naomi", "Caleb", "Ruth", "Dylan", "Jasmine", "Owen"],
        family: ["Carter", "Brooks", "Hayes", "Mitchell", "Turner", "Washington", "Bennett", "Foster", "Reed", "Sullivan", "Walsh", "Greene", "Porter", "Whitaker"] },
    Culture { family_first: false,
        first: ["Priya", "Arjun", "Ananya", "Rohan", "Kavya", "Vikram", "Meera", "Aditya", "Nisha", "Karthik", "Divya", "Sanjay", "Lakshmi", "Imran"],
        family: ["Sharma", "Iyer", "Reddy", "Nair", "Kapoor", "Patel", "Menon", "Banerjee", "Chowdhury", "Rao", "Kulkarni", "Desai", "Singh", "Khan"] },
    Culture { family_first: false,
        first: ["Chidinma", "Emeka", "Folasade", "Tunde", "Ngozi", "Kelechi", "Amina", "Ibrahim", "Yetunde", "Segun", "Zainab", "Obinna", "Halima", "Femi"],
        family: ["Okafor", "Adeyemi", "Balogun", "Eze", "Musa", "Nwosu", "Olawale", "Danjuma", "Uche", "Bello", "Ogunleye", "Chukwu", "Lawal", "Okonkwo"] },
    Culture { family_first: true,
        first: ["Yuki", "Haruto", "Sakura", "Ren", "Aoi", "Sota", "Hina", "Daichi", "Mei", "Kaito", "Rin", "Takumi", "Nanami", "Yuto"],
        family: ["Sato", "Suzuki", "Takahashi", "Tanaka", "Watanabe", "Ito", "Yamamoto", "Nakamura", "Kobayashi", "Kato", "Yoshida", "Yamada", "Sasaki", "Mori"] },
    Culture { family_first: false,
        first: ["Layla", "Omar", "Nour", "Youssef", "Salma", "Karim", "Rania", "Tariq", "Yasmin", "Bilal", "Farah", "Samir", "Dina", "Hassan"],
        family: ["Haddad", "El-Sayed", "Mansour", "Khalil", "Nasser", "Benali", "Farouk", "Aziz", "Rahman", "Saleh", "Amrani", "Darwish", "Zaki", "Hamdan"] },
    Culture { family_first: false,
        first: ["Agnieszka", "Piotr", "Zofia", "Jakub", "Magdalena", "Krzysztof", "Hanna", "Michał", "Oksana", "Andriy", "Daryna", "Taras", "Iryna", "Bohdan"],
        family: ["Kowalska", "Nowak", "Wiśniewska", "Zieliński", "Szymańska", "Lewandowski", "Dąbrowska", "Kamiński", "Shevchenko", "Kovalenko", "Bondarenko", "Melnyk", "Tkachenko", "Kravets"] },
];

/// A discipline: its name, its career from the first title to the last, and its skills.
pub(crate) struct Discipline {
    pub(crate) name: &'static str,
    pub(crate) career: [&'static str; 4],
    pub(crate) skills: [&'static str; 6],
}

#[rustfmt::skip]
pub(crate) const DISCIPLINES: [Discipline; 8] = [
    Discipline { name: "Delivery",
        career: ["Project Coordinator", "Project Manager", "Senior Project Manager", "Head of Delivery"],
        skills: ["Scrum", "Budgeting", "Stakeholder management", "Risk management", "Roadmapping", "Facilitation"] },
    Discipline { name: "Backend",
        career: ["Junior Backend Developer", "Backend Developer", "Senior Backend Developer", "Lead Backend Developer"],
        skills: ["Rust", "Java", "PostgreSQL", "Kafka", "API design", "Go"] },
    Discipline { name: "Web",
        career: ["Junior Web Developer", "Web Developer", "Senior Web Developer", "Lead Web Developer"],
        skills: ["TypeScript", "React", "CSS", "Accessibility", "Node.js", "Testing"] },
    Discipline { name: "Design",
        career: ["Junior Designer", "Product Designer", "Senior Product Designer", "Design Lead"],
        skills: ["Interaction design", "User research", "Figma", "Design systems", "Prototyping", "Copywriting"] },
    Discipline { name: "Mobile",
        career: ["Junior Mobile Developer", "Mobile Developer", "Senior Mobile Developer", "Lead Mobile Developer"],
        skills: ["Swift", "Kotlin", "Flutter", "Release management", "Offline sync", "TypeScript"] },
    Discipline { name: "Quality",
        career: ["Junior Test Engineer", "Test Engineer", "Senior Test Engineer", "Quality Lead"],
        skills: ["Test automation", "Exploratory testing", "Performance testing", "Accessibility", "Playwright", "Security testing"] },
    Discipline { name: "Data",
        career: ["Junior Data Engineer", "Data Engineer", "Senior Data Engineer", "Data Lead"],
        skills: ["SQL", "Python", "Spark", "Data modelling", "PostgreSQL", "Machine learning"] },
    Discipline { name: "Platform",
        career: ["Junior Platform Engineer", "Platform Engineer", "Senior Platform Engineer", "Platform Lead"],
        skills: ["Kubernetes", "Terraform", "AWS", "Observability", "Linux", "Security"] },
];

/// Offices, in the order of the countries of the holiday calendars.
pub(crate) const OFFICES: [&str; 6] = [
    "Lisbon",
    "São Paulo",
    "Madrid",
    "Berlin",
    "Austin",
    "Bengaluru",
];

pub(crate) const LANGUAGES: [&str; 4] = ["English", "Spanish", "Portuguese", "German"];

#[rustfmt::skip]
pub(crate) const CLIENTS: [&str; 24] = [
    "Harbour Health", "Cobalt Bank", "Verde Foods", "Atlas Freight", "Lumen Energy", "Quill Publishing",
    "Northgate Rail", "Solaris Travel", "Maple Insurance", "Tidewater Port", "Aurora Telecom", "Granite Homes",
    "Orchard Retail", "Pioneer Mining", "Cascade Water", "Juniper Schools", "Meridian Air", "Saffron Kitchens",
    "Bluebell Care", "Ironbridge Motors", "Willow Pharma", "Summit Sports", "Lantern Media", "Copperfield Law",
];

#[rustfmt::skip]
pub(crate) const PRODUCTS: [&str; 22] = [
    "customer portal", "mobile app", "data platform", "checkout redesign", "booking engine", "warehouse planning",
    "claims workflow", "loyalty programme", "reporting suite", "identity migration", "field service app", "pricing engine",
    "intranet", "fleet tracking", "onboarding", "analytics dashboard", "partner API", "design system",
    "patient records", "invoice automation", "search relaunch", "cloud migration",
];

pub(crate) const INTERNAL: [&str; 4] = [
    "Company website",
    "Hiring and onboarding",
    "Internal tools",
    "Learning time",
];
